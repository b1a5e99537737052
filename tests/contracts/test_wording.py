"""What a violation says to people is true: who does as it says is let through."""

import re

import pytest

from carboy.web.contracts.judge import Judge

EXAMPLE = re.compile(r"such as (\S+)\.$")


def told(schema, value):
    return [fault.detail for fault in Judge(schema, called="a test").faults(value)]


@pytest.mark.parametrize("form", ["date", "date-time", "duration", "time", "uri"])
def test_the_example_in_a_sentence_is_accepted(form):
    schema = {"type": "string", "format": form}
    (sentence,) = told(schema, "nonsense")

    example = EXAMPLE.search(sentence)[1]

    assert told(schema, example) == []


@pytest.mark.parametrize("moment", ["2026-01-31", "2026-01-31 12:00", "2026-01-31T12:00:00", "2026-31-01T12:00:00Z"])
def test_a_moment_has_its_zone_and_is_one(moment):
    assert len(told({"type": "string", "format": "date-time"}, moment)) == 1
