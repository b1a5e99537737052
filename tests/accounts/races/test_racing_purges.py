"""The upkeep, beside those who change what it would delete: it waits for nobody, and comes back tomorrow."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from carboy.accounts import upkeep
from carboy.accounts.table import SESSIONS, Kind
from carboy.context import utc_now


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)
def test_a_purge_leaves_what_somebody_holds_and_deletes_the_rest(room, make_user, begin, count, beside):
    user = make_user()
    held, over = begin(user), begin(user, Kind.API)
    with room.database.transaction() as session:
        past = utc_now() - timedelta(seconds=1)
        session.execute(update(SESSIONS).values(expires_at=past, absolute_expires_at=past))

    with room.database.transaction() as session:
        session.execute(select(SESSIONS).where(SESSIONS.c.id == held.session_id).with_for_update())
        beside(lambda: upkeep.purge(room)).result(timeout=10)

    assert count(SESSIONS.c.id == held.session_id) == 1
    assert count(SESSIONS.c.id == over.session_id) == 0
