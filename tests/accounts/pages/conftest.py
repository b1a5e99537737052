"""The starter's pages of accounts, asked by browsers."""

import pytest
from sign_in_fixtures import PASSWORD, link, make_user, room

from carboy.accounts.table import Kind
from carboy.testing.browsing import Browser

__all__ = ["PASSWORD", "link", "make_user", "room"]


@pytest.fixture
def in_browser(app, users):
    """A browser in which this user is signed in."""

    def enter(user):
        browser = Browser(app)
        browser.hold(users.sign_in(user, Kind.BROWSER))
        return browser

    return enter


@pytest.fixture
def ada(users):
    """A user, who has a password."""
    from sign_in_fixtures import hash_once

    return users.make("ada@example.com", username="ada", password_hash=hash_once(PASSWORD))
