"""The page about a newcomer's way shows the lines that were typed on it, and how many of them."""

import pytest
from bench.newcomer import LEGS, PAGE, shown


@pytest.mark.parametrize("leg", LEGS, ids=lambda leg: leg.title)
def test_a_part_of_the_way_is_shown_as_it_is_gone(leg):
    text = PAGE.read_text()

    assert shown(leg) in text
    assert f"| {leg.title}: {leg.there} | {len(leg.typed)} |" in text
