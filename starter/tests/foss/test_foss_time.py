"""Whichever way the catalogue asks, what it waits for the database is booked as that."""

from carboy import context
from carboy.data import Window

from starter.foss import domain
from starter.foss.domain import Filters


def test_each_statement_is_counted_and_its_time_is_the_databases(database, backend, details):
    with database.transaction() as session:
        session.connection()
        with context.stopwatch() as reading:
            backend.page(Filters(), "name", Window())
        with context.stopwatch() as writing:
            domain.create(backend, details())
            session.flush()

    assert (reading.statements, writing.statements) == (1, 2)  # it looks for the name before it takes it
    assert reading.seconds["database"] > 0
    assert writing.seconds["database"] > 0
