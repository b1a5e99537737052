"""What comes to be kept: an upload that the door has checked, or whatever can be read. It is read once, in chunks."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any, Protocol, runtime_checkable
from uuid import UUID

from carboy.errors import Invalid
from carboy.files.sizes import in_words

_CHUNK = 256 * 1024


class Upload(Protocol):
    """A file with the name and the type that its sender says: `carboy.web`'s Upload, and what `cleaned` returns."""

    @property
    def filename(self) -> str:
        """The client's word."""
        ...

    @property
    def media_type(self) -> str:
        """What it is said to be."""
        ...

    @property
    def stream(self) -> IO[bytes]:
        """Its bytes."""
        ...


@runtime_checkable
class Readable(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """Return as many bytes, or fewer; none at the end."""
        ...


Incoming = Upload | Readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Bytes that are safe in a store, and that no row names yet."""

    id: UUID
    name: str
    media_type: str
    size: int
    digest: str
    store: str

    def values(self) -> dict[str, Any]:
        """Return what its row has of it."""
        return asdict(self)


class Chunks:
    """The bytes in chunks; afterwards their number and their SHA-256."""

    def __init__(self, source: Readable, most: int | None) -> None:
        self.size = 0
        self._source, self._most = source, most
        self._hash = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._source.read(_CHUNK):
            self.size += len(chunk)
            if self._most is not None and self.size > self._most:
                sentence = f"At most {in_words(self._most)}."
                raise Invalid(f"The file is too large. {sentence}", {"file": [sentence]})
            self._hash.update(chunk)
            yield chunk

    @property
    def digest(self) -> str:
        """The SHA-256, in hexadecimal digits."""
        return self._hash.hexdigest()


def chunks_of(upload: Incoming, *, most: int | None) -> Chunks:
    """Return the chunks of this file, which refuse to be more than `most` bytes. An upload is read from its start."""
    if isinstance(upload, Readable):
        return Chunks(upload, most)
    upload.stream.seek(0)
    return Chunks(upload.stream, most)
