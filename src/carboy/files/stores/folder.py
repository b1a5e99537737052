"""Bytes as files in a folder, under names of our own, each in one of 256 folders.

Written beside its place, brought to the disk, then renamed: whatever has its name is whole. The folder belongs to one
application and its database alone; what its rows do not name is swept away.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from carboy.errors import NO_ROOM, Busy

_PART = ".part"
_SPARED = ".spared"


@dataclass(frozen=True)
class FolderStore:
    """Keeps bytes in this folder."""

    folder: Path

    name: ClassVar[str] = "folder"
    block: ClassVar[int] = 256 * 1024

    def write(self, key: UUID, chunks: Iterator[bytes]) -> None:
        """Write beside the place, wait for the disk, rename, wait for the disk again."""
        try:
            self._write(key, chunks)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            raise Busy(f"There is no room for files just now: {error.strerror}. Make some.", retry_after=60) from error

    def _write(self, key: UUID, chunks: Iterator[bytes]) -> None:
        place = self._place(key)
        if not place.parent.is_dir():
            # Not the folder itself: where a disk is not mounted, bytes would go under it.
            place.parent.mkdir(mode=0o700, exist_ok=True)
            _bring_to_disk(place.parent.parent)
        part = place.with_name(place.name + _PART)
        try:
            with open(part, "xb", opener=_for_us_alone) as file:
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())
            part.rename(place)
            _bring_to_disk(place.parent)
        except BaseException:
            self.delete(key)
            raise

    def read(self, key: UUID, start: int, length: int) -> bytes:
        """Open, look, close: nothing is held between two looks."""
        with self._place(key).open("rb", buffering=0) as file:
            return os.pread(file.fileno(), length, start)

    def delete(self, key: UUID) -> bool:
        """Delete the file, unless all are spared, and the beginning of one."""
        place = self._place(key)
        place.with_name(place.name + _PART).unlink(missing_ok=True)
        if is_free := not self._are_spared():
            place.unlink(missing_ok=True)
        return is_free

    @contextmanager
    def sparing(self) -> Iterator[None]:
        """Have nobody delete a whole file meanwhile, in any process; the next sweep will. A second one waits here.

        So a copy of the database that is made inside finds the bytes of every row: rows go before bytes.
        """
        path = self.folder / _SPARED
        path.touch(mode=0o644)
        with path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # it goes with the process that has it
            yield

    def _are_spared(self) -> bool:
        try:
            with (self.folder / _SPARED).open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def older_than(self, moment: datetime) -> Iterator[UUID]:
        """Yield what the files are called. What is none of ours is left alone."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(ValueError, FileNotFoundError):
                key = UUID(path.name.removesuffix(_PART))
                if path.stat().st_mtime < moment.timestamp():
                    yield key

    def whole(self) -> Iterator[tuple[UUID, Path]]:
        """Yield every key that is kept whole, and where its bytes are."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(ValueError):
                yield UUID(path.name), path

    def check(self) -> None:
        """Write a file and delete it."""
        probe = self.folder / f".{os.getpid()}.probe"
        probe.write_bytes(b"")
        probe.unlink()

    def _place(self, key: UUID) -> Path:
        return self.folder / key.hex[-2:] / str(key)  # it ends with chance, and begins with the time


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _bring_to_disk(folder: Path) -> None:
    # A new name is in its folder, and that is written to the disk by itself.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
