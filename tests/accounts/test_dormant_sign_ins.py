"""A program whose session token has expired can still renew its pair: until then it is signed in like any other."""

import pytest

from carboy.accounts import administering, sessions
from carboy.accounts.room import HERE, MOST_SESSIONS
from carboy.accounts.table import Kind

DAY = 24 * 3600


@pytest.fixture
def ada(make_user):
    return make_user()


@pytest.fixture
def dormant(ada, sign_in, clock):
    """A program of hers that signed in more than a week ago, and can renew its pair."""
    program = sign_in(by="/sessions")
    clock.shift(8 * DAY)
    return program


@pytest.fixture
def renewed(dormant, api):
    """Ask for the program's next pair."""
    return lambda: api("PUT", "/sessions/current", token=dormant.held["update_token"])


def test_a_dormant_sign_in_is_renewed(dormant, renewed):
    assert dormant("GET", "/users/me").json["code"] == "token-expired"

    assert renewed().status_code == 200


def test_its_owner_sees_it_and_ends_it_with_all_others(dormant, renewed, sign_in):
    browser = sign_in()
    seen = browser("GET", "/sessions").json["items"]

    ended = browser("DELETE", "/sessions")

    assert [one["id"] for one in seen if not one["current"]] == [dormant.held["id"]]
    assert ended.status_code == 204
    assert renewed().json["code"] == "token-revoked"


def test_its_owner_ends_it_alone(dormant, renewed, sign_in):
    ended = sign_in()("DELETE", f"/sessions/{dormant.held['id']}")

    assert ended.status_code == 204
    assert renewed().json["code"] == "token-revoked"


def test_an_administrator_ends_it(room, ada, renewed):
    ended = administering.end_sessions(room, ada.id, caller=HERE)

    assert ended == 1
    assert renewed().json["code"] == "token-revoked"


def test_it_counts_among_those_that_one_may_have(room, ada, renewed):
    with room.database.transaction() as session:
        for _ in range(MOST_SESSIONS):
            sessions.begin(room, session, ada, kind=Kind.API, caller=HERE)

    assert renewed().json["code"] == "token-revoked"
