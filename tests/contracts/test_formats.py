"""A date, a time or a moment that passes is one that Python and the databases can hold."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carboy.web.contracts.judge import Judge

CASES = [
    ("date", "2026-01-31", True), ("date", "0001-01-01", True), ("date", "9999-12-31", True),
    ("date", "0000-01-01", False), ("date", "2026-02-29", False), ("date", "2026-1-31", False),
    ("date", "20260131", False), ("date", "2026-W05-6", False), ("date", "٢026-01-31", False),
    ("date", "2026-01-31\n", False),
    ("date-time", "2026-01-31T12:00:00Z", True), ("date-time", "2026-01-31t12:00:00z", True),
    ("date-time", "2026-01-31T12:00:00.123456789+05:30", True), ("date-time", "0001-01-01T00:00:00Z", True),
    ("date-time", "2026-01-31T12:00:00", False), ("date-time", "2026-01-31 12:00:00Z", False),
    ("date-time", "2016-12-31T23:59:60Z", False), ("date-time", "0000-01-01T00:00:00Z", False),
    ("date-time", "0001-01-01T00:00:00+01:00", False), ("date-time", "9999-12-31T23:59:59-01:00", False),
    ("date-time", "2026-01-31T24:00:00Z", False), ("date-time", "2026-01-31T12:00:00+24:00", False),
    ("time", "12:00:00Z", True), ("time", "12:00:00.5+01:00", True),
    ("time", "12:00:00", False), ("time", "23:59:60Z", False), ("time", "12:00Z", False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "fits"), CASES)
def test_a_format_takes_what_can_be_held(name, text, fits):
    faults = Judge({"type": "string", "format": name}, called="the test").faults(text)

    assert [fault.code for fault in faults] == ([] if fits else ["format"])


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_that_python_writes_is_one(moment):
    text = moment.isoformat()

    assert Judge({"format": "date-time"}, called="the test").faults(text) == []
