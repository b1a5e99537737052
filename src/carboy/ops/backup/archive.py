"""One file with everything in it. Its last entry says what the others must be: without it, it is not whole."""

import errno
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Literal, cast

from carboy.errors import SetupError

DATABASE, FILES, _MANIFEST = "database", "files/", "manifest.json"
_FAST = 1  # of gzip: the rest of its levels take several times as long for a few percent
_MIB = 1024 * 1024
_FILE = re.compile(r"files/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class Manifest:
    """What an archive is made of."""

    dialect: str
    revisions: list[str]
    carboy: str
    taken_at: str
    form: Literal[1] = 1
    sums: dict[str, str] = field(default_factory=dict)


class Writer:
    """Adds entries, and notes what each is."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.sums: dict[str, str] = {}

    def add(self, name: str, path: Path) -> None:
        """Add what lies there."""
        with path.open("rb") as file:
            entry = tarfile.TarInfo(name)
            entry.size = os.fstat(file.fileno()).st_size
            summed = _Summed(file)
            self._tar.addfile(entry, cast("IO[bytes]", summed))  # it reads, and does nothing else
        self.sums[name] = summed.sum()

    def finish(self, manifest: Manifest) -> None:
        """Add what the archive is made of."""
        manifest.sums = self.sums
        said = json.dumps(asdict(manifest), indent=1).encode()
        entry = tarfile.TarInfo(_MANIFEST)
        entry.size = len(said)
        self._tar.addfile(entry, io.BytesIO(said))


def refuse_if_there(target: Path) -> None:
    """Raise if something has that name: a backup replaces nothing."""
    if os.path.lexists(target):
        raise SetupError(f"{target} is there already. Name another file.")


@contextmanager
def written(path: Path) -> Iterator[Writer]:
    """Write an archive here; it is on the disk in the end."""
    with open(path, "xb", opener=_for_us_alone) as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_FAST) as tar:
            yield Writer(tar)
        file.flush()
        os.fsync(file.fileno())


def publish(path: Path, target: Path) -> None:
    """Give a whole archive its name, in place of nothing."""
    try:
        os.link(path, target)  # a rename would replace what has got there meanwhile
    except FileExistsError:
        refuse_if_there(target)
        raise
    except OSError:  # a share, where files have one name
        refuse_if_there(target)
        path.rename(target)


def unpack(source: Path, folder: Path) -> Manifest:
    """Unpack an archive into this folder, or raise: nothing of one that is damaged is used."""
    try:
        with tarfile.open(source, mode="r:gz") as tar:
            sums: dict[str, str] = {}
            for entry in tar:
                _refuse_strangers(entry, sums)
                sums[entry.name] = _unpack(tar, entry, folder)
        if missing := {DATABASE, _MANIFEST} - sums.keys():
            raise ValueError(f"it has no {' and no '.join(sorted(missing))}")
        manifest = _read(folder / _MANIFEST)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
        raise SetupError(f"{source} is damaged, or no backup: {error}. Nothing was changed. Name another.") from error
    if sums != {**manifest.sums, _MANIFEST: sums[_MANIFEST]}:
        raise SetupError(
            f"{source} is damaged: some of it is not what its manifest says. Nothing was changed. Name another."
        )
    return manifest


def _refuse_strangers(entry: tarfile.TarInfo, known: Container[str]) -> None:
    is_ours = entry.name in {DATABASE, _MANIFEST} or _FILE.fullmatch(entry.name)
    if not is_ours or not entry.isfile() or entry.name in known:
        raise ValueError(f"the entry {entry.name!r} is none of ours")


def _unpack(tar: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> str:
    if entry.size > (free := shutil.disk_usage(folder).free):
        raise OSError(errno.ENOSPC, f"{entry.name} alone takes {entry.size // _MIB} MiB, and {free // _MIB} are free")
    place = folder / entry.name
    place.parent.mkdir(mode=0o700, exist_ok=True)
    content = tar.extractfile(entry)
    summed = hashlib.sha256()
    with open(place, "xb", opener=_for_us_alone) as file:
        while content and (data := content.read(_MIB)):
            summed.update(data)
            file.write(data)
    return summed.hexdigest()


def _read(path: Path) -> Manifest:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Manifest).validate_json(path.read_bytes(), strict=True)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc'])) or 'it'}: {each['msg']}" for each in error.errors()]
        raise ValueError(f"its manifest is none that is known here ({'; '.join(wrong)})") from error


class _Summed:
    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._sum = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._sum.update(data)
        return data

    def sum(self) -> str:
        return self._sum.hexdigest()


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
