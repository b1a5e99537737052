"""SQLite copies its pages, by its own way of doing so while others write."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect

from carboy.data.scope import Kind
from carboy.errors import SetupError
from carboy.ops.backup.dumps.in_use import in_use

if TYPE_CHECKING:
    from carboy.data import Database

_PATIENCE_SECONDS = 30.0


class Sqlite:
    """A file that is copied into another."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._path = Path(database.url.database or "").absolute()

    def is_empty(self) -> bool:
        """Whether there is no table."""
        if self._database.is_missing:
            return True
        with self._database.engine(Kind.READ).connect() as connection:
            return not inspect(connection).get_table_names()

    def write(self, path: Path) -> None:
        """Copy it in one step: what is written meanwhile does not begin it anew."""
        with _told(), closing(self._open(self._path, "ro")) as ours, closing(sqlite3.connect(path)) as copy:
            ours.backup(copy, progress=_refuse_to_wait)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it

    def read(self, path: Path) -> None:
        """Copy it back in one transaction: whoever has it open sees the old or the new."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = not self._path.exists()
        try:
            with _told(), closing(self._open(path, "ro")) as copy, closing(self._open(self._path, "rwc")) as ours:
                if (said := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                    raise SetupError(
                        f"The database in the backup is damaged: {said}. Nothing was changed. Name another."
                    )
                copy.backup(ours, progress=_refuse_to_wait)
                ours.execute("PRAGMA journal_mode=WAL")
        except BaseException:
            if is_new:
                self._path.unlink(missing_ok=True)
            raise

    def _open(self, path: Path, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True, timeout=_PATIENCE_SECONDS)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise SetupError(f"SQLite refuses: {error}. Nothing was changed. Mend that, then try again.") from error


def _refuse_to_wait(status: int, _remaining: int, _total: int) -> None:
    # SQLite has waited as long as the connection's patience lasts; Python would have it begin again without end.
    if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        raise in_use("somebody else is writing")
