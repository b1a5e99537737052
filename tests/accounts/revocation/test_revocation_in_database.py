"""The store in the database: as atomic as the work, and in the statement that authenticates."""

import itertools
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import event, func, literal, select, union_all

from carboy.accounts.revocation.database import REVOKED_TOKENS, DatabaseStore
from carboy.context import utc_now
from carboy.data import Database
from carboy.data.scope import Kind
from carboy.errors import Busy


@pytest.fixture
def statements(database):
    """The SQL that the database is sent."""
    seen = []

    def note(connection, cursor, statement, parameters, context, executemany):
        seen.append(statement)

    engines = {database.engine(kind) for kind in (Kind.READ, Kind.WRITE)}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_a_revocation_is_undone_with_the_work_around_it(database, database_store, key, in_an_hour):
    with pytest.raises(ZeroDivisionError), database.transaction():
        database_store.revoke([key], in_an_hour)
        assert database_store.is_revoked([key], utc_now())
        raise ZeroDivisionError

    assert not database_store.is_revoked([key], utc_now())


def test_an_entry_that_has_ended_is_revoked_until_it_is_purged(database_store, key):
    database_store.revoke([key], utc_now() - timedelta(days=9))

    assert database_store.is_revoked([key], utc_now())
    assert database_store.purge() == 1


def test_looking_up_several_keys_is_one_statement(database, database_store, key, statements):
    database_store.is_revoked([key, "sid:1", "sid:2"], utc_now())

    assert len(statements) == 1


def test_who_revokes_the_same_keys_in_another_order_does_not_stand_in_the_way(database_store, in_an_hour, at_once):
    keys = [f"jti:{uuid.uuid4()}" for _ in range(40)]
    orders = itertools.cycle([keys, keys[::-1]])

    for future in at_once(lambda: [database_store.revoke(next(orders), in_an_hour) for _ in range(4)], threads=4):
        future.result()

    assert all(database_store.is_revoked([key], utc_now()) for key in keys)


def test_what_is_revoked_can_be_asked_within_another_statement(database, database_store, in_an_hour):
    database_store.revoke(["sid:b"], in_an_hour)
    sessions = union_all(select(literal("sid:a").label("sid")), select(literal("sid:b"))).subquery()

    with database.reading() as session:
        alive = session.scalars(
            select(sessions.c.sid).where(~database_store.revoked(sessions.c.sid, literal("jti:x")))
        ).all()

    assert alive == ["sid:a"]


def test_ten_thousand_rows_are_purged_in_short_transactions(database, database_store, statements):
    database_store.revoke([f"jti:{uuid.uuid4()}" for _ in range(10_000)], utc_now())
    statements.clear()

    purged = database_store.purge(utc_now() + timedelta(minutes=2))

    deletes = [statement for statement in statements if statement.startswith("DELETE")]
    assert (purged, len(deletes) >= 20) == (10_000, True)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(REVOKED_TOKENS)) == 0


def test_a_reason_that_is_too_long_is_no_reason_to_let_a_token_live(database_store, key, in_an_hour):
    database_store.revoke([key], in_an_hour, "because " * 9)

    assert database_store.is_revoked([key], utc_now())


def test_a_database_that_is_away_lets_nobody_in(key):
    store = DatabaseStore(Database("postgresql://nobody@127.0.0.1:1/nothing", patience=1))

    with pytest.raises(Busy):
        store.is_revoked([key], utc_now())
