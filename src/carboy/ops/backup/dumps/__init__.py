"""The database in a file, as it was at one moment, and back.

SQLite does it itself. PostgreSQL and MariaDB have programs for it, which know their database better than we do.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from carboy.ops.backup.dumps.mariadb import Mariadb
from carboy.ops.backup.dumps.postgresql import Postgresql
from carboy.ops.backup.dumps.sqlite import Sqlite

if TYPE_CHECKING:
    from collections.abc import Callable

    from carboy.data import Database


class Dump(Protocol):
    """What can write a database down, and read it back."""

    def is_empty(self) -> bool:
        """Whether there is nothing in the database that `read` would take away."""
        ...

    def write(self, path: Path) -> None:
        """Write the database into this file, which is there, as it is at this moment, while others work on it."""

    def read(self, path: Path) -> None:
        """Make the database what was written down; what it held is gone. Files of passing use may lie beside `path`.

        If it fails, the database is as it was; on MariaDB it is empty.
        """


def dump_of(database: "Database") -> Dump:
    """Return what writes down this kind of database."""
    kinds: dict[str, Callable[[Database], Dump]] = {"sqlite": Sqlite, "postgresql": Postgresql, "mysql": Mariadb}
    return kinds[database.dialect](database)
