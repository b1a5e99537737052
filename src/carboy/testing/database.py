"""Databases for tests: one of their own, and for each test a transaction that is rolled back."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Executable, Row, Table, create_engine, make_url, text
from sqlalchemy.orm import Session

from carboy.data import Base, Database
from carboy.data.database import Work
from carboy.data.engines import parse_url
from carboy.data.scope import Kind, ScopedSession
from carboy.errors import SetupError

_MAINTENANCE = {"postgresql": "postgres", "mysql": ""}


def refuse_unless_test(url: str) -> None:
    """Raise unless the database's own name says that it is there for tests. Nothing has been written yet."""
    name = re.split(r"[/\\]", make_url(url).database or "")[-1]
    if not re.search(r"(^|[^a-z])test([^a-z]|$)", name.lower()):
        raise SetupError(
            f"Tests empty the database that they run on, and the name {name!r} does not say test."
            " Set TEST_DATABASE_URL to one that does, such as postgresql://localhost/shop_test."
        )


@contextmanager
def database_for_tests(url: str, worker: str) -> Iterator[str]:
    """Make an empty database named after this one and this test worker, and drop it in the end."""
    refuse_unless_test(url)
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database or "")
        own_file = path.with_name(f"{path.stem}_{worker}{path.suffix}")
        own_file.unlink(missing_ok=True)
        yield f"sqlite:///{own_file}"
        return
    own = parsed.set(database=f"{parsed.database}_{worker}").render_as_string(hide_password=False)
    yield make_empty(own)
    _on_its_server(own, "DROP DATABASE IF EXISTS {}")


def make_empty(url: str) -> str:
    """Make this database on its server, in place of one that is there already, and return its URL."""
    refuse_unless_test(url)
    _on_its_server(url, "DROP DATABASE IF EXISTS {}", "CREATE DATABASE {}")
    return url


def _on_its_server(url: str, *statements: str) -> None:
    parsed = parse_url(url)
    server = create_engine(parsed.set(database=_MAINTENANCE[parsed.get_backend_name()]), isolation_level="AUTOCOMMIT")
    name = server.dialect.identifier_preparer.quote_identifier(parsed.database or "")
    try:
        with server.connect() as connection:
            for statement in statements:
                connection.execute(text(statement.format(name)))
    finally:
        server.dispose()


Rows = dict[Table, list[dict[str, Any]]]


def rows_of(database: Database) -> Rows:
    """Return every row of a database that has just been migrated: those that migrations insert."""
    with database.reading() as session:
        return {
            table: [dict(row) for row in session.execute(table.select()).mappings()]
            for table in Base.metadata.sorted_tables
        }


def empty(database: Database, but: Rows | None = None) -> None:
    """Delete every row, `but` these, and but for the note of which migrations have run."""
    with database.transaction() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
        for table, rows in (but or {}).items():
            if rows:
                session.execute(table.insert(), rows)


class PinnedDatabase(Database):
    """A database whose every scope is a savepoint in one transaction that nobody commits.

    All threads share the one connection; a lock lets one scope at a time use it. What a test stores is seen by
    whatever it calls, and is gone when the test ends.
    """

    def __init__(self, real: Database) -> None:
        super().__init__(real.url.render_as_string(hide_password=False))
        self._real = real
        self._one_at_a_time = threading.RLock()
        self._connection = real.engine().connect()
        self._undone_at_the_end = self._connection.begin()

    def begin(self, kind: Kind) -> Work:
        """Open a scope by hand; the one transaction is a snapshot already."""
        return super().begin(Kind.READ if kind is Kind.SNAPSHOT else kind)

    def open_session(self, kind: Kind) -> Session:
        """Make a session that works in a savepoint."""
        self._one_at_a_time.acquire()
        return _SavepointSession(self._connection, kind, self._one_at_a_time)

    def look_up(self, statement: Executable, values: Mapping[str, Any]) -> Row[Any] | None:
        """Return the one row that this finds, on the one connection."""
        with self.reading() as session:
            return session.execute(statement, values).one_or_none()

    def engine(self, kind: Kind = Kind.WRITE) -> Engine:
        """Return the real pool: it sees only what was committed before the test."""
        return self._real.engine(kind)

    def close(self) -> None:
        """Undo everything."""
        self._undone_at_the_end.rollback()
        self._connection.close()


class _SavepointSession(ScopedSession):
    def __init__(self, connection: Any, kind: Kind, lock: threading.RLock) -> None:
        super().__init__(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        self._lock_held: threading.RLock | None = lock
        self._query_only = kind is not Kind.WRITE and connection.dialect.name == "sqlite"
        if self._query_only:
            self.execute(text("PRAGMA query_only=ON"))
        elif kind is not Kind.WRITE and connection.dialect.name == "postgresql":
            # Ends with the savepoint. MariaDB has no such thing: there, other tests must do.
            self.execute(text("SET TRANSACTION READ ONLY"))

    def close(self) -> None:
        super().close()
        lock, self._lock_held = self._lock_held, None
        if lock is None:
            return
        if self._query_only:
            self.connection().exec_driver_sql("PRAGMA query_only=OFF")
            super().close()
        lock.release()
