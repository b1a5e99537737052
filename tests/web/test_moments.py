"""Moments are told as people say them, in the past and in the future."""

from datetime import timedelta

import pytest
from flask import Flask, render_template_string

from carboy.context import utc_now
from carboy.web import moments
from carboy.web.moments import ago

PAST = {
    0: "just now",
    59: "just now",
    60: "1 minute ago",
    119: "1 minute ago",
    120: "2 minutes ago",
    3599: "59 minutes ago",
    3600: "1 hour ago",
    86_399: "23 hours ago",
    86_400: "1 day ago",
    30 * 86_400 - 1: "29 days ago",
    30 * 86_400: "1 month ago",
    365 * 86_400 - 1: "12 months ago",
    365 * 86_400: "1 year ago",
    800 * 86_400: "2 years ago",
}
FUTURE = {
    1: "in a moment",
    59: "in a moment",
    60: "in 1 minute",
    7200: "in 2 hours",
    86_400: "in 1 day",
    61 * 86_400: "in 2 months",
    3650 * 86_400: "in 10 years",
}


@pytest.mark.parametrize(("seconds", "said"), PAST.items())
@pytest.mark.usefixtures("clock")
def test_a_moment_of_the_past_is_so_long_ago(seconds, said):
    assert ago(utc_now() - timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(("seconds", "said"), FUTURE.items())
@pytest.mark.usefixtures("clock")
def test_a_moment_of_the_future_is_so_far_away(seconds, said):
    assert ago(utc_now() + timedelta(seconds=seconds)) == said


def test_templates_say_it(clock):
    app = Flask("shop")
    moments.init_app(app)
    then = utc_now()
    clock.shift(180)

    with app.app_context():
        said = render_template_string("{{ then | ago }}", then=then)

    assert said == "3 minutes ago"
