"""What a user leaves behind: rows of theirs that other rows of theirs refer to.

All that belongs to a user goes with them, by `ON DELETE CASCADE`. MariaDB does that one row after the other, and keeps
a customer as long as an invoice of the same user refers to it, though the invoice would be gone a moment later. So rows
that refer to others go first, by our own hand; the other databases do not mind.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Column, Table, delete

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def remove_what_refers(session: "Session", users: Table, user_id: UUID) -> None:
    """Remove the rows of a user that would keep others of the same user, the referring ones first."""
    for table in reversed(users.metadata.sorted_tables):
        if _keeps_others(table):
            for owner in _owners(table, users):
                session.execute(delete(table).where(owner == user_id))


def _owners(table: Table, users: Table) -> Iterator[Column[UUID]]:
    for key in table.foreign_keys:
        if key.column is users.c.id and key.ondelete == "CASCADE":
            yield key.parent


def _keeps_others(table: Table) -> bool:
    return any(key.ondelete is None for key in table.foreign_keys)
