"""People need nothing of the features below them: each of those may be taken away."""

import pytest

import starter
from starter.features import FEATURES

BELOW = FEATURES[FEATURES.index("starter.people") + 1 :]


@pytest.fixture(params=[BELOW, *((feature,) for feature in BELOW)], ids="-".join)
def settings(request, settings, monkeypatch):
    """Those of an application that has not all features."""
    left = tuple(feature for feature in FEATURES if feature not in request.param)
    monkeypatch.setattr(starter, "FEATURES", left)
    return settings


def test_people_are_there_without_the_features_below(ada, grace, eve):
    assert grace.shows().status_code == 200

    assert [who.sees() for who in (ada, eve)] == [["ada", "grace"], ["eve"]]
    assert [who("GET", grace.face).status_code for who in (ada, eve)] == [200, 404]
    assert [ada.opens(path).status_code for path in ("/", "/people", "/people/me/picture", "/account")] == [200] * 4
