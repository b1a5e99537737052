"""Files of a folder, which lie beside the database: into an archive, and back."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import inspect, select

from carboy.data.scope import Kind
from carboy.files.stores.bucket import BucketStore
from carboy.files.stores.folder import FolderStore
from carboy.files.table import FILES as ROWS
from carboy.ops.backup.archive import FILES, Writer

if TYPE_CHECKING:
    from flask import Flask

    from carboy.data import Database

_AT_ONCE = 1024 * 1024


def folder_store(app: "Flask") -> FolderStore | None:
    """Return the store of files in a folder, if there is one."""
    stores = app.extensions["carboy.files"].stores.values() if "carboy.files" in app.extensions else ()
    return next((store for store in stores if isinstance(store, FolderStore)), None)


def add_all(store: FolderStore, archive: Writer) -> None:
    """Add every file. After the database, while nobody deletes any: so whatever its rows name is there."""
    for key, path in store.whole():
        with suppress(FileNotFoundError):  # a row of yesterday's, whose bytes go in this very moment
            archive.add(f"{FILES}{key}", path)


def bring_back(store: FolderStore, folder: Path) -> None:
    """Write those that are not there."""
    there = {key for key, _path in store.whole()}
    for path in sorted((folder / FILES).glob("*")):
        if (key := UUID(path.name)) not in there:
            store.write(key, _chunks(path))


def lost(database: "Database", store: FolderStore) -> int:
    """Say how many files are named by rows and are not there."""
    return len(_named(database, store.name) - {key for key, _path in store.whole()})


def in_bucket(database: "Database") -> int:
    """Say how many files lie in a bucket. They, and copies of them, are its keeper's."""
    return len(_named(database, BucketStore.name))


def _named(database: "Database", store: str) -> set[UUID]:
    with database.engine(Kind.READ).connect() as connection:
        if not inspect(connection).has_table(ROWS.name):
            return set()
        return set(connection.scalars(select(ROWS.c.id).where(ROWS.c.store == store)))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(_AT_ONCE):
            yield data
