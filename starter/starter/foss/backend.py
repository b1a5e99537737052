"""The catalogue in plain SQL, on the driver's own connection, in the same transaction as everything else.

The SQL is the same for every database. What differs is how a value travels, and how its place in a statement is marked.
Values go in by name and never into the text: that is what keeps a name such as `'; DROP TABLE foss; --` a name.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from carboy.context import spending
from carboy.data import Database, Page, Window
from carboy.data.pages import read_cursor, write_cursor

from starter.foss.domain import Filters, Sort
from starter.foss.models import FOSS, Foss

Condition = tuple[str, dict[str, Any]]

_SELECT = """
    SELECT id, name, name_key, licence, homepage, email, description, version, created_at, updated_at
    FROM foss
"""

_INSERT = """
    INSERT INTO foss (id, name, name_key, licence, homepage, email, description, version, created_at, updated_at)
    VALUES (:id, :name, :name_key, :licence, :homepage, :email, :description, :version, :created_at, :updated_at)
"""

_UPDATE = """
    UPDATE foss
    SET name = :name, name_key = :name_key, licence = :licence, homepage = :homepage, email = :email,
        description = :description, version = :version, updated_at = :updated_at
    WHERE id = :id AND version = :seen
"""

_DELETE = "DELETE FROM foss WHERE id = :id AND version = :seen"


@dataclass(frozen=True)
class _Order:
    """A way of walking the list. Its columns are the cursor: the next page begins after their values."""

    columns: tuple[str, ...]
    by: str
    after: str


_ORDERS: dict[Sort, _Order] = {
    "name": _Order(("name_key",), by="name_key", after="name_key > :name_key"),
    "-created_at": _Order(
        ("created_at", "id"),
        by="created_at DESC, id DESC",
        # The first half says nothing new; it hands the database one range of its index to walk.
        after="created_at <= :created_at AND (created_at < :created_at OR id < :id)",
    ),
}


class FossBackend:
    """Reads and writes projects with the driver's own cursor."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, filters: Filters, sort: Sort, window: Window) -> Page[Foss]:
        """Return one page of the projects that match."""
        order = _ORDERS[sort]
        where, values = _all_of(_conditions(filters, order, window))
        rows = self._rows(f"{_SELECT} {where} ORDER BY {order.by} LIMIT :limit", values | {"limit": window.limit + 1})
        shown = rows[: window.limit]
        more = len(rows) > window.limit
        cursor = write_cursor([shown[-1][column] for column in order.columns]) if more else None
        return Page([Foss.of_row(row) for row in shown], cursor)

    def find(self, foss_id: UUID) -> Foss | None:
        """Return the project with this id, if there is one."""
        return self._one(f"{_SELECT} WHERE id = :id", {"id": foss_id})

    def named(self, name_key: str) -> Foss | None:
        """Return the project whose name has this key, if there is one."""
        return self._one(f"{_SELECT} WHERE name_key = :name_key", {"name_key": name_key})

    def add(self, foss: Foss) -> None:
        """Keep a new project."""
        self._write(_INSERT, foss.row())

    def store(self, foss: Foss, *, seen: int) -> bool:
        """Keep a changed project if the stored one still has the version that was seen; say whether it had."""
        return self._write(_UPDATE, foss.row() | {"seen": seen}) == 1

    def remove(self, foss_id: UUID, *, seen: int) -> bool:
        """Remove a project if it still has the version that was seen; say whether it had."""
        return self._write(_DELETE, {"id": foss_id, "seen": seen}) == 1

    def _one(self, statement: str, values: Mapping[str, Any]) -> Foss | None:
        rows = self._rows(statement, values)
        return Foss.of_row(rows[0]) if rows else None

    def _rows(self, statement: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        with self._asking(statement, values) as cursor:
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
        return [_from_driver(dict(zip(names, row, strict=True))) for row in rows]

    def _write(self, statement: str, values: Mapping[str, Any]) -> int:
        """Execute a statement and return how many rows it wrote."""
        with self._asking(statement, values) as cursor:
            written: int = cursor.rowcount
        return written

    @contextmanager
    def _asking(self, statement: str, values: Mapping[str, Any]) -> Iterator[Any]:
        """Execute a statement; its seconds are booked here, since nobody else sees what the driver is asked."""
        asked = self._for_driver(statement, values)
        with closing(self._database.driver.cursor()) as cursor, spending("database", statements=1):
            cursor.execute(*asked)
            yield cursor

    def _for_driver(self, statement: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Write places and values as the driver takes them; PostgreSQL's knows UUIDs and moments, the others do not."""
        if self._database.dialect != "sqlite":
            statement = re.sub(r"(?<!:):([a-z]\w*)", r"%(\1)s", statement)
        if self._database.dialect == "postgresql":
            return statement, dict(values)
        return statement, {name: _plain(value) for name, value in values.items()}


def _conditions(filters: Filters, order: _Order, window: Window) -> Iterator[Condition]:
    if filters.licence is not None:
        yield "licence = :licence", {"licence": filters.licence}
    if filters.text is not None:
        literally = re.sub("[!%_]", r"!\g<0>", filters.text)
        yield "name_key LIKE :text ESCAPE '!'", {"text": f"%{literally}%"}
    if window.cursor is not None:
        last = read_cursor(window.cursor, [FOSS.c[column] for column in order.columns])
        yield order.after, dict(zip(order.columns, last, strict=True))


def _all_of(conditions: Iterator[Condition]) -> Condition:
    values: dict[str, Any] = {}
    texts = []
    for text, given in conditions:
        texts.append(f"({text})")
        values |= given
    return f"WHERE {' AND '.join(texts)}" if texts else "", values


def _plain(value: Any) -> Any:
    """Write a value as the columns of SQLite and MariaDB hold it."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return value


def _from_driver(row: dict[str, Any]) -> dict[str, Any]:
    moments = {name: _moment(row[name]) for name in ("created_at", "updated_at")}
    return row | moments | {"id": UUID(str(row["id"]))}


def _moment(stored: str | datetime) -> datetime:
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
