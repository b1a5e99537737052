"""How each database is opened: a pool that writes, and a pool that can only read.

The reading pool is read-only for life and runs in autocommit: one round trip per statement instead of
three, and a write through it is refused by the database itself, not by our good manners.
"""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from carboy import context
from carboy.data.writers import Turn
from carboy.errors import SetupError

_DEADLOCK = 1213  # MariaDB's number: it has undone the whole transaction; other errors undo one statement

RELAXED = "carboy_relaxed"  # an execution option: this transaction need not survive a power failure

OVERFLOW = 10  # connections beyond the pool's size, for a moment of need

RECYCLE_SECONDS = 1800  # shorter than the idle time-outs of common firewalls and of MariaDB

# A reading scope that wants one snapshot says so by hand, since its connection is in autocommit.
SNAPSHOT = {
    "sqlite": ("BEGIN",),
    "postgresql": ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",),
    "mysql": (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ),
}

_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}


def parse_url(text: str) -> URL:
    """Return the URL with the driver that Carboy uses for its database."""
    url = make_url(text)
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None:
        known = ", ".join(sorted({name for name in _DRIVERS if name != "postgres"}))
        raise SetupError(f"Carboy does not know the database {url.drivername!r}. Name one that it knows: {known}.")
    if driver == "sqlite" and url.database in (None, "", ":memory:"):
        raise SetupError("An in-memory SQLite cannot be shared by two pools. Name a file: sqlite:///app.sqlite")
    return url.set(drivername=driver)


def open_pool(url: URL, *, size: int, patience: float, read_only: bool) -> Engine:
    """Make an engine for this database. It connects when it is first used."""
    options: dict[str, Any] = {"pool_size": size, "max_overflow": OVERFLOW, "pool_timeout": patience}
    options |= {"poolclass": _TimedPool, "pool_recycle": RECYCLE_SECONDS}
    options["hide_parameters"] = True  # they would stand in the log, with every traceback
    if read_only:
        options |= {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
    engine = _OPENERS[url.get_backend_name()](url, patience, read_only, options)
    event.listen(engine, "before_cursor_execute", _start_stopwatch)
    event.listen(engine, "after_cursor_execute", _stop_stopwatch)
    event.listen(engine, "handle_error", _stop_stopwatch_of_what_failed)
    return engine


def _renew(engine: Engine, *, when: Callable[[Any], bool]) -> None:
    """Replace a connection that broke in the driver's own hands, where SQLAlchemy saw nothing of it."""

    @event.listens_for(engine, "checkout")
    def renew(driver: Any, *_: object) -> None:
        if when(driver):
            raise DisconnectionError


def _refuse_commit(engine: Engine, *, when: Callable[[Any], bool]) -> None:
    """Refuse to commit what the database has undone already; asked for a commit, it would say yes."""

    @event.listens_for(engine, "commit")
    def refuse(connection: Connection) -> None:
        if when(connection.connection.driver_connection):
            raise SetupError(
                "The database has ended this transaction after an error that was swallowed, so nothing of it can be"
                " kept. Let database errors pass, or wrap what may fail in db.savepoint()."
            )


def _drop_connection(engine: Engine, *, when: Callable[[Any, BaseException], bool]) -> None:
    """Drop a connection whose transaction is undone; the next statement would begin another, and keep half the work."""

    @event.listens_for(engine, "handle_error")
    def drop(context: ExceptionContext) -> None:
        connection = context.connection
        if connection is None or not connection.in_transaction() or connection.invalidated:
            return
        if when(connection.connection.driver_connection, context.original_exception):
            context.is_disconnect = True
            context.invalidate_pool_on_disconnect = False


def _open_sqlite(url: URL, patience: float, read_only: bool, options: dict[str, Any]) -> Engine:
    path = Path(url.database or "").absolute()
    engine = create_engine(url, creator=_sqlite_creator(path, patience, read_only), **options)
    if not read_only:
        _queue_writers(engine, path, patience)
        _refuse_commit(engine, when=lambda driver: not driver.in_transaction)
        _drop_connection(engine, when=lambda driver, _error: not driver.in_transaction)
    return engine


def _sqlite_creator(path: Path, patience: float, read_only: bool) -> Callable[[], sqlite3.Connection]:
    # A reader must not bring an empty database into being: a missing file is a fault to be told.
    mode = "rw" if read_only else "rwc"

    def connect() -> sqlite3.Connection:
        if not read_only:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}",
            uri=True,
            timeout=patience,
            isolation_level=None,  # we say BEGIN ourselves; the driver's guess leaves DDL and reads outside
            check_same_thread=False,  # the pool hands a connection to one thread at a time
        )
        connection.execute("PRAGMA foreign_keys=ON")
        connection.create_function("lower", 1, _lower, deterministic=True)
        if read_only:
            connection.execute("PRAGMA query_only=ON")
        else:
            _write_ahead(connection, Turn(path, patience))
        return connection

    return connect


def _lower(value: object) -> str | None:
    # SQLite's own knows no letters but those of ASCII: whoever searched for äpfel would not find Äpfel.
    return None if value is None else str(value).lower()


def _write_ahead(connection: sqlite3.Connection, turn: Turn) -> None:
    """Have readers and a writer not wait for each other. The file remembers it; only a new one must be told."""
    if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        return
    # Of two that tell it at the same moment, one would be refused at once: SQLite does not wait here.
    turn.take()
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        turn.give_back()


def _queue_writers(engine: Engine, path: Path, patience: float) -> None:
    @event.listens_for(engine, "begin")
    def take_turn(connection: Connection) -> None:
        turn = connection.info.setdefault("carboy.turn", Turn(path, patience))
        with context.spending("database"):
            turn.take()
        _wait_for_the_disk(connection, wait=not connection.get_execution_options().get(RELAXED, False))
        # IMMEDIATE: a transaction that reads first and writes later would otherwise fail half-way.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    @event.listens_for(engine, "close")
    @event.listens_for(engine, "invalidate")
    def give_back(_connection: object, record: Any, *_: object) -> None:
        if turn := record.info.get("carboy.turn"):
            turn.give_back()


def _wait_for_the_disk(connection: Connection, *, wait: bool) -> None:
    # Whoever does not wait loses no order: the next commit that waits writes out all that came before it.
    if connection.info.get("carboy.waits") is not wait:
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if wait else 'NORMAL'}")
        connection.info["carboy.waits"] = wait


def _open_postgresql(url: URL, patience: float, read_only: bool, options: dict[str, Any]) -> Engine:
    engine = create_engine(url, connect_args=_connect_within(url, patience), **options)
    settings = [f"SET lock_timeout = {int(patience * 1000)}"]
    if read_only:
        settings.append("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    _at_connect(engine, settings)
    _renew(engine, when=lambda driver: driver.closed)
    _refuse_commit(engine, when=lambda driver: driver.info.transaction_status.name == "INERROR")
    return engine


def _open_mysql(url: URL, patience: float, read_only: bool, options: dict[str, Any]) -> Engine:
    # The default, REPEATABLE READ, hides rows that others committed after our first look: the stored answer
    # to an idempotent request, for one.
    options = {"isolation_level": "READ COMMITTED"} | options
    # The driver's own time-out ends when the server has taken the connection, which may say nothing ever after.
    within = _connect_within(url, patience) | {"read_timeout": max(2, int(patience))}
    engine = create_engine(url, connect_args=within, **options)
    settings = [
        "SET time_zone = '+00:00'",
        f"SET innodb_lock_wait_timeout = {max(1, int(patience))}",
        f"SET lock_wait_timeout = {max(1, int(patience))}",  # of a table whose schema is being changed
        "SET sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'",
    ]
    if read_only:
        settings.append("SET SESSION TRANSACTION READ ONLY")
    _at_connect(engine, settings)
    event.listen(engine, "connect", _wait_for_statements)
    _renew(engine, when=lambda driver: not driver.open)
    _drop_connection(engine, when=lambda _driver, error: error.args[:1] == (_DEADLOCK,))
    return engine


def _connect_within(url: URL, patience: float) -> dict[str, Any]:
    # A server that takes the connection and then says nothing would otherwise hold a request for ever.
    return {} if "connect_timeout" in url.query else {"connect_timeout": max(2, int(patience))}


def _wait_for_statements(driver: Any, _record: object) -> None:
    driver._read_timeout = None  # noqa: SLF001  (it has no other name)


def _at_connect(engine: Engine, statements: list[str]) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.commit()


def _start_stopwatch(connection: Connection, *_: object) -> None:
    connection.info["carboy.started"] = time.perf_counter()


def _stop_stopwatch(connection: Connection, *_: object) -> None:
    context.spend("database", time.perf_counter() - connection.info.pop("carboy.started"), statements=1)


def _stop_stopwatch_of_what_failed(failure: ExceptionContext) -> None:
    # What waits longest is what fails in the end: a statement whose lock was never given.
    connection = failure.connection
    if connection is not None and not connection.invalidated and "carboy.started" in connection.info:
        _stop_stopwatch(connection)


class _TimedPool(QueuePool):
    """Books the wait for a connection as time of the database: that others hold them all is its most usual trouble."""

    def connect(self) -> PoolProxiedConnection:
        with context.spending("database"):
            return super().connect()


_OPENERS = {"sqlite": _open_sqlite, "postgresql": _open_postgresql, "mysql": _open_mysql}
