"""`flask backup`: a copy of the database as it was at one moment, and of every file that it names."""

from contextlib import nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from carboy.context import utc_now
from carboy.data.flask import data_of
from carboy.data.migrate import current_revisions, migrating_alone
from carboy.errors import Conflict, SetupError
from carboy.ops.backup import files
from carboy.ops.backup.archive import DATABASE, Manifest, publish, refuse_if_there, written
from carboy.ops.backup.dumps import dump_of

if TYPE_CHECKING:
    from flask import Flask

    from carboy.data import Database


@dataclass(frozen=True)
class Taken:
    """What is in a backup, and what is not."""

    files: int
    in_bucket: int


def take(app: "Flask", target: Path) -> Taken:
    """Write everything that is kept into one file."""
    database, store = data_of(app).database, files.folder_store(app)
    refuse_if_there(target)
    with (
        store.sparing() if store else nullcontext(),
        TemporaryDirectory(dir=target.parent, prefix=".backup-") as name,
    ):
        copy, whole = Path(name) / DATABASE, Path(name) / "archive"
        with written(whole) as archive:
            revisions = _write_down(database, copy)
            if store:
                files.add_all(store, archive)
            archive.add(DATABASE, copy)
            manifest = Manifest(database.dialect, revisions, version("carboy"), utc_now().isoformat())
            archive.finish(manifest)
        publish(whole, target)
    return Taken(files=len(archive.sums) - 1, in_bucket=files.in_bucket(database))


def _write_down(database: "Database", copy: Path) -> list[str]:
    """Write the database down, and say at which migration it stands. None need wait for that: it may take hours."""
    dump = dump_of(database)
    if dump.is_empty():
        raise SetupError("There is nothing in the database yet. Run `flask db upgrade`.")
    before = _revisions_at_rest(database)
    copy.touch(mode=0o600)
    dump.write(copy)
    if _revisions_at_rest(database) != before:
        raise Conflict("The database was migrated meanwhile, and a backup is of one release. Take it again.")
    return before


def _revisions_at_rest(database: "Database") -> list[str]:
    with migrating_alone(database):
        return sorted(current_revisions(database))
