"""What has ended is deleted, and what somebody may still need is kept."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from carboy.accounts import upkeep
from carboy.accounts.table import AUTH_EVENTS, REFRESH_TOKENS, SESSIONS, USER_TOKENS
from carboy.context import utc_now
from carboy.jobs.declaring import handler_of
from carboy.jobs.schedules import Cron, schedules_of

LONG_AGO, SOON = -timedelta(seconds=1), timedelta(seconds=1)


@pytest.fixture
def ada(make_user):
    return make_user()


@pytest.fixture
def add(room):
    """Write a row, whose moments are given as spans from now, and give its id."""

    def write(table, **columns):
        moments = {name: utc_now() + span for name, span in columns.items() if isinstance(span, timedelta)}
        row = {"jti" if table is REFRESH_TOKENS else "id": uuid4(), **columns, **moments}
        with room.database.transaction() as session:
            session.execute(insert(table), row)
        return row.get("id") or row["jti"]

    return write


@pytest.fixture
def add_session(add, ada):
    def write(kind="jwt", *, expires_at=SOON, absolute_expires_at=SOON, **columns):
        moments = {"expires_at": expires_at, "absolute_expires_at": absolute_expires_at, "authenticated_at": LONG_AGO}
        return add(SESSIONS, user_id=ada.id, kind=kind, **moments, **columns)

    return write


@pytest.fixture
def kept(room):
    """The ids in a table once the upkeep was done."""

    def purged(table):
        upkeep.purge(room)
        (key,) = table.primary_key
        with room.database.reading() as session:
            return set(session.scalars(select(key)))

    return purged


@pytest.mark.parametrize("kind", ["browser", "jwt"])
def test_a_sign_in_that_has_expired_goes_and_one_that_has_not_stays(add_session, kept, kind):
    add_session(kind, expires_at=LONG_AGO)
    live = add_session(kind)

    assert kept(SESSIONS) == {live}


def test_the_pair_of_a_program_stays_until_it_cannot_be_renewed_any_more(add_session, kept):
    add_session("api", expires_at=LONG_AGO, absolute_expires_at=LONG_AGO)
    renewable = add_session("api", expires_at=LONG_AGO)

    assert kept(SESSIONS) == {renewable}


def test_a_sign_in_that_was_ended_is_kept_a_week_for_whoever_looks_what_happened(add_session, kept):
    add_session(revoked_at=-timedelta(days=7, seconds=1))
    recent = add_session(revoked_at=-timedelta(days=7) + SOON)

    assert kept(SESSIONS) == {recent}


def test_a_used_refresh_token_is_kept_until_it_expires_since_a_thief_may_show_it(add, add_session, kept):
    family = add_session()
    add(REFRESH_TOKENS, session_id=family, issued_at=LONG_AGO, expires_at=LONG_AGO)
    used = add(REFRESH_TOKENS, session_id=family, issued_at=LONG_AGO, expires_at=SOON, used_at=LONG_AGO)

    assert kept(REFRESH_TOKENS) == {used}


def test_the_refresh_tokens_of_a_sign_in_go_with_it(add, add_session, kept):
    ended = add_session(expires_at=LONG_AGO)
    add(REFRESH_TOKENS, session_id=ended, issued_at=LONG_AGO, expires_at=SOON)

    kept(SESSIONS)

    assert kept(REFRESH_TOKENS) == set()


def test_a_mailed_link_goes_when_it_has_expired(add, ada, kept):
    shared = {"user_id": ada.id, "purpose": "reset_password", "sent_to": ada.email}
    add(USER_TOKENS, **shared, token_hash="a", expires_at=LONG_AGO)
    good = add(USER_TOKENS, **shared, token_hash="b", expires_at=SOON)

    assert kept(USER_TOKENS) == {good}


def test_an_event_is_kept_a_year(add, kept, room):
    old = add(AUTH_EVENTS, event="login.ok", created_at=-timedelta(days=365, seconds=1))
    recent = add(AUTH_EVENTS, event="login.ok", created_at=-timedelta(days=365) + SOON)

    assert {old, recent} & kept(AUTH_EVENTS) == {recent}


def test_a_name_on_the_list_of_ended_tokens_goes_when_no_token_could_have_it_any_more(room, clock):
    room.store.revoke(["sid:one"], utc_now() + timedelta(minutes=15), "logout")
    before = upkeep.purge(room)["revoked_tokens"]
    clock.shift(timedelta(hours=1))

    assert (before, upkeep.purge(room)["revoked_tokens"]) == (0, 1)


def test_it_says_how_many_rows_of_each_table_are_gone(add_session, room):
    add_session(expires_at=LONG_AGO)

    gone = upkeep.purge(room)

    assert gone == {"refresh_tokens": 0, "user_tokens": 0, "sessions": 1, "auth_events": 0, "revoked_tokens": 0}


def test_the_clock_does_it_every_night():
    (schedule,) = schedules_of(handler_of(upkeep.purge_accounts)).values()

    assert schedule.timing == Cron("17 3 * * *", "UTC")
