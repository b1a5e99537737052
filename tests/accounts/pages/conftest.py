"""The starter's pages of accounts, asked by browsers."""

import pytest
from sign_in_fixtures import PASSWORD, boss, grace, link, make_user, room

__all__ = ["PASSWORD", "boss", "grace", "link", "make_user", "room"]


@pytest.fixture
def ada(users):
    """A user, who has a password."""
    from sign_in_fixtures import hash_once

    return users.make("ada@example.com", username="ada", password_hash=hash_once(PASSWORD))
