"""Plain SQL on the driver's own connection, in the same transaction as everything else.

    sql = PlainSql(database, INVOICES)
    rows = sql.rows("SELECT * FROM invoices WHERE owner_id = :owner_id", {"owner_id": me})

The SQL is the same for every database. A value goes in by its name and never into the text, and travels as the
column of that name holds it; what is named otherwise, such as a limit, travels as it is.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from carboy.context import spending
from carboy.data.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Dialect, Table

_PLACE = re.compile(r"(?<!:):([a-z]\w*)")  # and not PostgreSQL's ::type


class PlainSql:
    """Asks the driver, with the values of one table."""

    def __init__(self, database: Database, table: "Table") -> None:
        self._database = database
        self._types = {column.name: column.type for column in table.columns}

    def rows(self, statement: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the rows that a statement finds, each by the names of its columns."""
        with self._asking(statement, values) as cursor:
            columns = [(one[0], self._reader(one[0], one[1])) for one in cursor.description]
            return [
                {name: read(value) for (name, read), value in zip(columns, row, strict=True)}
                for row in cursor.fetchall()
            ]

    def one(self, statement: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the first row that a statement finds, if it finds any."""
        return next(iter(self.rows(statement, values)), None)

    def write(self, statement: str, values: Mapping[str, Any]) -> int:
        """Execute a statement and return how many rows it wrote."""
        with self._asking(statement, values) as cursor:
            written: int = cursor.rowcount
        return written

    @contextmanager
    def _asking(self, statement: str, values: Mapping[str, Any]) -> Iterator[Any]:
        """Execute a statement; its seconds are booked here, since nobody else sees what the driver is asked."""
        driver = self._database.driver
        if self._database.dialect != "sqlite":
            statement = _PLACE.sub(r"%(\1)s", statement.replace("%", "%%"))
        given = {name: self._writer(name)(value) for name, value in values.items()}
        with closing(driver.cursor()) as cursor, spending("database", statements=1):
            cursor.execute(statement, given)
            yield cursor

    @property
    def _dialect(self) -> "Dialect":
        return self._database.engine().dialect

    def _writer(self, name: str) -> Callable[[Any], Any]:
        kind = self._types.get(name)
        written = kind.dialect_impl(self._dialect).bind_processor(self._dialect) if kind else None
        return written or _as_it_is

    def _reader(self, name: str, code: Any) -> Callable[[Any], Any]:
        kind = self._types.get(name)
        read = kind.dialect_impl(self._dialect).result_processor(self._dialect, code) if kind else None
        return read or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
