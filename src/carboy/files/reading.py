"""A file's bytes as Python reads files: from any place, a block at a time, with nothing held in between."""

import io
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carboy.files.stores import Store

_SENT_AT_ONCE = 256 * 1024


class _Bytes(io.RawIOBase):
    def __init__(self, store: "Store", key: UUID, size: int) -> None:
        self._store, self._key, self._size = store, key, size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        if place < 0:
            raise ValueError("There is nothing before the beginning of a file.")
        self._place = place
        return place

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self._size - self._place)
        if length <= 0:
            return 0
        content = self._store.read(self._key, self._place, length)
        if not content:
            raise FileNotFoundError(f"The bytes of the file {self._key} end too soon.")
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)


def reader(store: "Store", key: UUID, size: int) -> io.BufferedReader:
    """Return a reader of these bytes. It holds no transaction, no connection and one block of memory."""
    return io.BufferedReader(_Bytes(store, key, size), buffer_size=max(1, min(store.block, size)))


def part_of(file: io.BufferedReader, part: range) -> "Iterator[bytes]":
    """Yield these bytes, a little at a time."""
    file.seek(part.start)
    left = len(part)
    while left and (chunk := file.read(min(left, _SENT_AT_ONCE))):
        left -= len(chunk)
        yield chunk
