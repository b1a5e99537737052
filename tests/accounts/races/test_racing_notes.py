"""What is written by the clock, beside those who end the same sign-ins and delete the same users."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from carboy.accounts import administering, changing, events
from carboy.accounts.room import HERE, MOST_SESSIONS
from carboy.accounts.table import AUTH_EVENTS, SESSIONS, Kind
from carboy.context import utc_now

ROUNDS, FEW = 12, 3
DAYS = timedelta(days=5)


def renew_backwards(room, held):
    """Have the sign-ins end in another order than they began: a database that finds them by that locks them by that."""
    with room.database.transaction() as session:
        for number, one in enumerate(held):
            soon = {"expires_at": utc_now() + DAYS - timedelta(seconds=number)}
            session.execute(update(SESSIONS).where(SESSIONS.c.id == one.session_id).values(soon))


@pytest.mark.long
def test_notes_of_many_sign_ins_and_their_end_wait_for_each_other(room, make_user, begin, side_by_side, caplog):
    user = make_user()
    for _ in range(ROUNDS):
        held = [begin(user, Kind.API) for _ in range(MOST_SESSIONS)]
        renew_backwards(room, held)
        for one in held:
            room.notes.seen(one.session_id, utc_now(), by=user.id, ends_at=utc_now())

        futures = side_by_side(room.notes.write, lambda: administering.end_sessions(room, user.id, caller=HERE))

        assert [future.exception() for future in futures] == [None, None]
    assert caplog.messages.count("notes of accounts could not be written") == 0


def test_no_note_is_lost_because_somebody_it_names_is_deleted_meanwhile(room, make_user, side_by_side, count, caplog):
    for number in range(FEW):
        user, other = make_user(f"ada{number}"), make_user(f"bob{number}")
        for one in (user, other):
            events.refused(room, "login.fail", HERE, user_id=one.id)

        futures = side_by_side(room.notes.write, lambda one=user: changing.delete_account(room, one.id, caller=HERE))

        assert [future.exception() for future in futures] == [None, None]
    assert count(AUTH_EVENTS.c.event == "login.fail") == 2 * FEW
