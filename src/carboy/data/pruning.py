"""Deleting many rows without making anybody wait: a few at a time, each time in a short transaction."""

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, tuple_

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table

    from carboy.data.database import Database

BATCH = 500  # rows of one transaction: on SQLite every writer waits for it


def prune(database: "Database", table: "Table", due: "ColumnElement[bool]") -> int:
    """Delete the rows that are due, and return how many there were."""
    key = tuple(table.primary_key.columns)
    total = 0
    while True:
        with database.transaction() as session:
            # What somebody holds is left for another day: two who wait for each other's rows would wait in a ring.
            free = select(*key).where(due).limit(BATCH).with_for_update(skip_locked=True)
            keys = [tuple(row) for row in session.execute(free)]
            session.execute(delete(table).where(tuple_(*key).in_(keys), due))
        total += len(keys)
        if len(keys) < BATCH:
            return total
