"""The one migration tree: it belongs to the application and contains the library's tables too.

Plain alembic underneath, with the library's own `env.py`. Alembic is imported when it is wanted: a start
without migrations to run does not pay for it.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from carboy.data import revisions
from carboy.data.database import Database
from carboy.data.faults import DatabaseBusy, meaning_of
from carboy.data.scope import Kind
from carboy.errors import Busy, CarboyError, SetupError, Unmigrated

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

HOME = Path(__file__).parent / "migrations"

LOCK_PATIENCE_SECONDS = 600.0
LOCK_LOOK_SECONDS = 0.2

VERSION_TABLE = "alembic_version"

# Sorts by age; the revision keeps two of one minute and one name apart, of which the later would replace the other.
FILE_NAME = "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s_%%(rev)s"

WHAT_TO_RUN = "Run `flask db upgrade`."


@dataclass(frozen=True)
class Migrations:
    """The folder of one application's migrations."""

    versions: Path

    def config(self, database: Database, output: Any = None) -> "Config":
        """Return what alembic needs to know, with no ini file."""
        from alembic.config import Config

        config = Config(stdout=output) if output else Config()
        config.set_main_option("script_location", _escaped(HOME))
        config.set_main_option("version_locations", _escaped(self.versions))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("file_template", FILE_NAME)
        config.attributes["database"] = database
        return config

    def upgrade(self, database: Database, revision: str = "heads") -> None:
        """Bring the database up to this revision. Several processes may call it at once: one does the work."""
        self._change("upgrade", database, revision)

    def downgrade(self, database: Database, revision: str = "-1") -> None:
        """Take the database back to this revision."""
        self._change("downgrade", database, revision)

    def _change(self, command_name: str, database: Database, revision: str) -> None:
        from alembic import command

        with migrating_alone(database):
            try:
                getattr(command, command_name)(self.config(database), revision)
            except DBAPIError as error:
                raise self._where_it_stopped(database, error) from error

    def _where_it_stopped(self, database: Database, error: DBAPIError) -> CarboyError:
        if isinstance(ours := meaning_of(error), DatabaseBusy):
            return Busy(f"{ours.detail} {error.orig}")
        at = ", ".join(sorted(current_revisions(database))) or "the beginning"
        undone = (
            "MariaDB cannot take schema changes back: what the failing migration did before it failed is still there."
            " Undo that by hand, then run it again."
            if database.dialect == "mysql"
            else "Everything was rolled back. Mend the migration, then run it again."
        )
        return SetupError(f"The migration failed: {error.orig}\nThe database stands at {at}. {undone}")

    def pending(self, database: Database) -> list[str]:
        """Name the migrations that the database still needs, the oldest first."""
        tree = revisions.read_tree(self.versions)
        return revisions.pending(tree, current_revisions(database)) if tree else []

    def refuse_if_pending(self, database: Database) -> None:
        """Raise Unmigrated, which says what to run, unless the database is up to date."""
        if self.versions.is_dir() and database.is_missing:
            raise Unmigrated(f"There is no database yet. {WHAT_TO_RUN}")
        if pending := self.pending(database):
            few = "One migration is" if len(pending) == 1 else f"{len(pending)} migrations are"
            raise Unmigrated(f"{few} missing from the database ({', '.join(pending)}). {WHAT_TO_RUN}")


def current_revisions(database: Database) -> set[str]:
    """Return the revisions that the database says it has; none when it has never been migrated."""
    if database.is_missing:
        return set()
    with database.engine(Kind.READ).connect() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return set()
        return set(connection.scalars(text(f"SELECT version_num FROM {VERSION_TABLE}")))  # noqa: S608  (our own name)


@contextlib.contextmanager
def migrating_alone(database: Database) -> Iterator[None]:
    """Hold the one lock for migrations; wait for whoever has it."""
    with contextlib.ExitStack() as stack:
        try_lock = _LOCKS[database.dialect](database, stack)
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        # We look again and again instead of waiting inside one statement: PostgreSQL's CREATE INDEX
        # CONCURRENTLY waits for every running statement, and two such waits would be a deadlock.
        while not try_lock():
            if time.monotonic() > deadline:
                raise Busy(
                    "Another process has been migrating for ten minutes. If it is stuck, end it; then run this again."
                )
            time.sleep(LOCK_LOOK_SECONDS)
        yield


def _postgresql_lock(database: Database, stack: contextlib.ExitStack) -> Any:
    connection = _lock_connection(database, stack)

    def try_lock() -> bool:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(hashtext('carboy.migrations'))")):
            return False
        stack.callback(connection.execute, text("SELECT pg_advisory_unlock(hashtext('carboy.migrations'))"))
        return True

    return try_lock


def _mysql_lock(database: Database, stack: contextlib.ExitStack) -> Any:
    connection = _lock_connection(database, stack)
    # The server has one namespace for all databases, and its names end at 64 characters.
    name = f"carboy.migrations.{database.url.database}"[:64]

    def try_lock() -> bool:
        if not connection.scalar(text("SELECT GET_LOCK(:name, 0)"), {"name": name}):
            return False
        stack.callback(connection.execute, text("SELECT RELEASE_LOCK(:name)"), {"name": name})
        return True

    return try_lock


def _sqlite_lock(database: Database, stack: contextlib.ExitStack) -> Any:
    try:
        import fcntl
    except ImportError:  # no file locks on this platform; SQLite's own lock still keeps two upgrades apart
        return lambda: True
    path = Path(database.url.database or "")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock_file = stack.enter_context(path.with_name(f"{path.name}-migrations").open("w"))

    def try_lock() -> bool:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    return try_lock


def _lock_connection(database: Database, stack: contextlib.ExitStack) -> "Connection":
    engine = database.engine(Kind.WRITE).execution_options(isolation_level="AUTOCOMMIT")
    return stack.enter_context(engine.connect())


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


_LOCKS = {"postgresql": _postgresql_lock, "mysql": _mysql_lock, "sqlite": _sqlite_lock}
