"""Bytes as rows: no service, one thing to back up. Right for megabytes, not for films.

Inside a transaction its chunks are part of it. Outside of any, each is a short one of its own, so that no other writer
waits for a large file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from sqlalchemy import Select, delete, insert, select

from carboy.files.table import FILE_CHUNKS

if TYPE_CHECKING:
    from carboy.data import Database

CHUNK = 256 * 1024
_LOOK_AT = 500


@dataclass(frozen=True)
class DatabaseStore:
    """Keeps bytes in chunks, in the database of the rows that name them."""

    database: "Database"

    name: ClassVar[str] = "database"
    block: ClassVar[int] = CHUNK

    def write(self, key: UUID, chunks: Iterator[bytes]) -> None:
        """Insert a row for each chunk."""
        try:
            for number, content in enumerate(_of_equal_size(chunks)):
                with self.database.transaction() as session:
                    session.execute(insert(FILE_CHUNKS), {"file_id": key, "number": number, "content": content})
        except BaseException:
            if not self.database.is_writing:  # else they go with the transaction
                self.delete(key)
            raise

    def read(self, key: UUID, start: int, length: int) -> bytes:
        """Return these bytes, of as many chunks as they lie in."""
        first, last = start // CHUNK, (start + length - 1) // CHUNK
        chunk = FILE_CHUNKS.c
        wanted = (chunk.file_id == key) & chunk.number.between(first, last)
        with self.database.reading() as session:
            found = session.scalars(select(chunk.content).where(wanted).order_by(chunk.number)).all()
        if not found:
            raise FileNotFoundError(f"The database has no bytes of the file {key} at {start}.")
        return b"".join(found)[start - first * CHUNK :][:length]

    def delete(self, key: UUID) -> bool:
        """Delete the chunks."""
        with self.database.transaction() as session:
            session.execute(delete(FILE_CHUNKS).where(FILE_CHUNKS.c.file_id == key))
        return True

    def older_than(self, moment: datetime) -> Iterator[UUID]:
        """Yield the keys of chunks; a key says itself when it was made."""
        key = FILE_CHUNKS.c.file_id
        query = select(key).distinct().order_by(key).limit(_LOOK_AT)
        found = self._keys(query)
        while found:
            yield from (one for one in found if made_at(one) < moment)
            found = self._keys(query.where(key > found[-1]))

    def check(self) -> None:
        """Do nothing: the database is looked at anyway."""

    def _keys(self, query: Select[UUID]) -> Sequence[UUID]:
        with self.database.reading() as session:
            return session.scalars(query).all()


def made_at(key: UUID) -> datetime:
    """Return the moment that a UUID of version 7 begins with."""
    return datetime.fromtimestamp((key.int >> 80) / 1000, UTC)


def _of_equal_size(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in chunks of one size, so that a place tells its chunk."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= CHUNK:
            yield bytes(waiting[:CHUNK])
            del waiting[:CHUNK]
    if waiting:
        yield bytes(waiting)
