"""Writes that exactly one of many callers may win: claim a job, use up a token, take a key.

SQLite and PostgreSQL answer the winner with RETURNING. MariaDB has no UPDATE … RETURNING: there the row is
locked first, changed by its key, then read back. Nothing else in the house depends on which it is.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Row, Table, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from carboy.data.model import Base

Columns = tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]

Winner = Row[*tuple[Any, ...]]

_DUPLICATE_KEY = 1062  # MariaDB's number
_RETURN_THE_WINNER = ("postgresql", "sqlite")


def win_update(
    session: Session,
    model: type[Base] | Table,
    *,
    where: ColumnElement[bool],
    values: Mapping[str, Any],
    returning: Columns,
) -> Winner | None:
    """Change the one row that matches and return these columns of it, or None when someone else won."""
    session.flush()
    table = _table_of(model)
    if _returns(session):
        return session.execute(update(table).where(where).values(values).returning(*returning)).one_or_none()
    key = tuple(table.primary_key.columns)
    locked = session.execute(select(*key).where(where).with_for_update()).one_or_none()
    if locked is None:
        return None
    mine = [column == value for column, value in zip(key, locked, strict=True)]
    session.execute(update(table).where(*mine).values(values))
    return session.execute(select(*returning).where(*mine)).one()


def win_insert(
    session: Session, model: type[Base] | Table, *, values: Mapping[str, Any], returning: Columns
) -> Winner | None:
    """Insert the row and return these columns of it, or None when one like it is there already."""
    session.flush()
    table = _table_of(model)
    if _returns(session):
        return session.execute(_unless_there(session.get_bind().dialect.name, table, returning), values).one_or_none()
    try:
        inserted = session.execute(insert(table).values(values))
    except IntegrityError as error:
        if error.orig is not None and error.orig.args[0] == _DUPLICATE_KEY:
            return None  # MariaDB undoes the one statement and leaves the transaction standing
        raise
    mine = zip(table.primary_key.columns, cast("CursorResult[Any]", inserted).inserted_primary_key or (), strict=True)
    return session.execute(select(*returning).where(*(column == value for column, value in mine))).one()


def _table_of(model: type[Base] | Table) -> Table:
    return model if isinstance(model, Table) else cast("Table", model.__table__)


def _returns(session: Session) -> bool:
    return session.get_bind().dialect.name in _RETURN_THE_WINNER


@lru_cache(maxsize=128)
def _unless_there(dialect: str, table: Table, returning: Columns) -> Any:
    # Kept, since building it takes longer than running it. Only the dialect at hand is imported: together they would
    # be a tenth of a start.
    specific = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
    return specific.on_conflict_do_nothing().returning(*returning)
