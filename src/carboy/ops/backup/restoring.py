"""`flask restore`: everything as it was when the backup was taken."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from carboy.data import revisions
from carboy.data.flask import data_of
from carboy.data.migrate import migrating_alone
from carboy.errors import Conflict, SetupError
from carboy.files.stores.folder import FolderStore
from carboy.ops.backup import files
from carboy.ops.backup.archive import DATABASE, FILES, Manifest, unpack
from carboy.ops.backup.dumps import dump_of

if TYPE_CHECKING:
    from flask import Flask


@dataclass(frozen=True)
class Restored:
    """What came back."""

    taken_at: str
    lost: int  # files that rows name, and that nobody has


def restore(app: "Flask", source: Path, *, replace: bool = False, unpack_in: Path | None = None) -> Restored:
    """Make database and files what they were, or raise: then nothing is lost but on MariaDB, which may be empty.

    The archive is unpacked in this folder, or beside it.
    """
    database, store = data_of(app).database, files.folder_store(app)
    dump = dump_of(database)
    with _unpacked(source, unpack_in or source.parent) as (manifest, folder):
        _refuse_what_does_not_fit(app, manifest, store)
        with migrating_alone(database):
            if not replace and not dump.is_empty():
                raise Conflict("The database is not empty. Say --replace to lose what it holds.")
            if store:  # first the bytes, then the rows that name them: bytes that nobody names are swept away
                files.bring_back(store, folder)
            dump.read(folder / DATABASE)
        database.close()  # what its connections remember of the tables is of yesterday
    return Restored(manifest.taken_at, lost=files.lost(database, store) if store else 0)


@contextmanager
def _unpacked(source: Path, place: Path) -> Iterator[tuple[Manifest, Path]]:
    with ExitStack() as stack:
        try:
            folder = Path(stack.enter_context(TemporaryDirectory(dir=place, prefix=".restore-")))
            manifest = unpack(source, folder)
        except OSError as error:
            raise SetupError(
                f"{source} cannot be unpacked in {place}: {error.strerror}."
                " Name a folder that has room with --unpack-in. Nothing was changed."
            ) from error
        yield manifest, folder


def _refuse_what_does_not_fit(app: "Flask", manifest: Manifest, store: FolderStore | None) -> None:
    room = data_of(app)
    if manifest.dialect != room.database.dialect:
        raise SetupError(
            f"The backup is of {manifest.dialect}, and DATABASE_URL leads to {room.database.dialect}."
            " Set it to one of that kind."
        )
    if strange := set(manifest.revisions) - revisions.read_tree(room.migrations.versions).keys():
        raise SetupError(
            f"The backup was taken by a newer release: nobody here knows the migration {', '.join(sorted(strange))}."
            " Restore it with that release."
        )
    if store is None and any(name.startswith(FILES) for name in manifest.sums):
        raise SetupError("The backup holds files of a folder. Set FILES_DIR to the folder that they shall go into.")
