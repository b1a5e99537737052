"""Keyset pages: a list that costs the same at any depth, and skips and repeats nothing while rows come and go.

A cursor holds the last row's values of the columns that order the list. The next page starts after them:

    page = keyset_page(session, select(Todo), order=(Todo.created_at.desc(),), key=Todo.id, window=Window(limit=20))
"""

import base64
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Enum, Numeric, Result, Select, UnaryExpression, and_, literal, or_
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql import operators

from carboy.errors import Invalid, SetupError

Row = TypeVar("Row")
Column = ColumnElement[Any] | InstrumentedAttribute[Any]

LARGEST_PAGE = 100

_WIDEST: dict[type, Any] = {int: BigInteger(), Decimal: Numeric()}
_LONGEST_NUMBER = 100  # digits of a decimal; MariaDB stores 65


@dataclass(frozen=True, kw_only=True)
class Window:
    """Which page is wanted: how many rows, and after which cursor."""

    limit: int = 20
    cursor: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= LARGEST_PAGE:
            raise Invalid("That page size is out of range.", {"limit": [f"Between 1 and {LARGEST_PAGE}."]})


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page, and the cursor of the next: None when this is the last."""

    items: Sequence[Row]
    next_cursor: str | None


def keyset_page(
    session: Session, rows: Select[Row], *, order: Sequence[Column], key: Column, window: Window
) -> Page[Row]:
    """Return one page of these rows in this order; the primary key breaks ties.

    An item is what is selected, or a row of it where that is more than one thing: the columns of a table.
    """
    ways = [_Way.of(expression) for expression in order]
    if not any(way.is_along(key) for way in ways):
        ways.append(_Way.of(key))
    if window.cursor is not None:
        rows = rows.where(_after(ways, read_cursor(window.cursor, [way.column for way in ways])))
    ordered = rows.order_by(None).order_by(*(way.expression for way in ways)).limit(window.limit + 1)
    selected = [described["expr"] for described in rows.column_descriptions]
    added = [way.column for way in ways if not any(way.column is expression for expression in selected)]
    found = session.execute(ordered.add_columns(*added)).freeze()
    if len(found().keys()) != len(selected) + len(added):
        raise SetupError("A list cannot tell what `*` and text select. Name classes or columns, one by one.")
    cursor = None
    if len(found.data) > window.limit:
        last = dict(zip([*selected, *added], found.data[window.limit - 1], strict=True))
        cursor = write_cursor([last[way.column] for way in ways])
    return Page(_items(found(), len(selected))[: window.limit], cursor)


def _items(found: Result[Any], selected: int) -> Sequence[Any]:
    if selected == 1:
        return found.scalars().all()
    return found.all() if selected == len(found.keys()) else found.columns(*range(selected)).all()


@dataclass(frozen=True)
class _Way:
    """A column and the direction in which the list walks it."""

    column: Column
    descending: bool

    @classmethod
    def of(cls, expression: Column) -> "_Way":
        column, descending = expression, False
        if isinstance(expression, UnaryExpression) and expression.modifier in (operators.asc_op, operators.desc_op):
            column, descending = expression.element, expression.modifier is operators.desc_op
        if getattr(column, "nullable", False) or getattr(column, "modifier", None) is not None:
            raise SetupError(f"A list cannot be ordered by {column}, which may be NULL. Take a column that never is.")
        if isinstance(column.type, Enum) or _python_type(column) not in _READERS:
            known = ", ".join(sorted(known.__name__ for known in _READERS))
            raise SetupError(f"A list cannot be ordered by {column}: no cursor holds its type. Take one of {known}.")
        return cls(column, descending)

    @property
    def expression(self) -> ColumnElement[Any]:
        return self.column.desc() if self.descending else self.column.asc()

    def is_along(self, column: Column) -> bool:
        return self.column.expression.compare(column.expression)

    def beyond(self, value: Any) -> ColumnElement[bool]:
        bound = self._bound(value)
        passed: ColumnElement[bool] = self.column < bound if self.descending else self.column > bound
        return passed

    def not_before(self, value: Any) -> ColumnElement[bool]:
        bound = self._bound(value)
        reached: ColumnElement[bool] = self.column <= bound if self.descending else self.column >= bound
        return reached

    def at(self, value: Any) -> ColumnElement[bool]:
        here: ColumnElement[bool] = self.column == self._bound(value)
        return here

    def _bound(self, value: Any) -> ColumnElement[Any]:
        # A bare True is SQL's own word, which knows no order. PostgreSQL fails on a number too large for its type.
        return literal(value, _WIDEST.get(type(value), self.column.type))


def _after(ways: list[_Way], values: list[Any]) -> ColumnElement[bool]:
    """(a, b, c) beyond (x, y, z), spelled out: columns may go different ways, and MariaDB has no index for tuples."""
    first, *_ = zip(ways, values, strict=True)
    alternatives = []
    for depth, way in enumerate(ways):
        equal = [ways[i].at(values[i]) for i in range(depth)]
        alternatives.append(and_(*equal, way.beyond(values[depth])))
    # Logically superfluous; it hands the planner one range of the leading column to walk.
    return and_(first[0].not_before(first[1]), or_(*alternatives))


def write_cursor(values: Sequence[Any]) -> str:
    """Pack the last row's values into text that fits a URL."""
    plain = [value if isinstance(value, bool | int | float | str) else _to_text(value) for value in values]
    packed = json.dumps(plain, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def read_cursor(cursor: str, columns: Sequence[Column]) -> list[Any]:
    """Unpack a cursor for these columns, or raise Invalid: it comes from outside and may hold anything."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        plain = json.loads(packed)
        if not isinstance(plain, list) or len(plain) != len(columns):
            raise ValueError
        return [_READERS[column.type.python_type](value) for value, column in zip(plain, columns, strict=True)]
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise Invalid(
            "That cursor belongs to no page of this list.", {"cursor": ["Take it from next_cursor."]}
        ) from error


def _to_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _python_type(column: Column) -> type | None:
    try:
        return column.type.python_type
    except NotImplementedError:
        return None


def _plain(value: Any, wanted: type) -> Any:
    if type(value) is not wanted:  # True is an int to isinstance
        raise ValueError
    return value


def _read_bool(value: Any) -> bool:
    return cast("bool", _plain(value, bool))


def _read_int(value: Any) -> int:
    if abs(_plain(value, int)) >= 1 << 63:
        raise ValueError
    return cast("int", value)


def _read_float(value: Any) -> float:
    number = float(value) if type(value) is int else _plain(value, float)
    if not math.isfinite(number):
        raise ValueError
    return cast("float", number)


def _read_decimal(value: Any) -> Decimal:
    number = Decimal(_plain(value, str))
    if len(value) > _LONGEST_NUMBER or not number.is_finite() or abs(number.adjusted()) > _LONGEST_NUMBER:
        raise ValueError
    return number


def _read_text(value: Any) -> str:
    if "\0" in _plain(value, str):
        raise ValueError
    value.encode()  # half a surrogate pair is text to JSON, and to no database
    return cast("str", value)


def _read_uuid(value: Any) -> UUID:
    return UUID(_plain(value, str))


def _read_date(value: Any) -> date:
    return date.fromisoformat(value)


def _read_moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


_READERS: dict[type, Callable[[Any], Any]] = {
    bool: _read_bool,
    int: _read_int,
    float: _read_float,
    Decimal: _read_decimal,
    str: _read_text,
    UUID: _read_uuid,
    date: _read_date,
    datetime: _read_moment,
}
