"""What the work in hand waits for the database is booked as that, however it ends."""

import time
from contextlib import suppress

import pytest
from sqlalchemy import event, exc, text

from carboy import context
from carboy.data import engines


def test_a_statement_that_fails_is_counted_and_timed_as_any_other(database):
    with database.reading() as session:
        session.connection()
        with context.stopwatch() as spent, suppress(exc.DBAPIError):
            session.execute(text("SELECT * FROM nowhere"))

    assert spent.statements == 1
    assert spent.seconds["database"] > 0


def test_waiting_for_a_connection_that_others_hold_is_time_of_the_database(database_url, make_database, monkeypatch):
    monkeypatch.setattr(engines, "OVERFLOW", 0)
    pool = make_database(database_url, pool_size=1, patience=0.2).engine()

    with pool.connect(), context.stopwatch() as spent, pytest.raises(exc.TimeoutError):
        pool.connect()

    assert spent.seconds["database"] >= 0.2


def test_a_commit_that_waits_for_the_disk_is_time_of_the_database(database):
    event.listen(database.engine(), "commit", lambda _connection: time.sleep(0.1))  # the disk

    with context.stopwatch() as spent:
        with database.transaction() as session:
            session.execute(text("SELECT 1"))
            before = spent.seconds["database"]

    assert spent.seconds["database"] - before >= 0.1
