"""Where bytes are: in the database, in a folder, in a bucket. All keep to one contract, and to one suite of tests.

`write` returns when the bytes would survive a power failure, and not before: the row that names them comes next.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol
from uuid import UUID


class Store(Protocol):
    """Keeps bytes under keys, which are never used twice."""

    @property
    def name(self) -> str:
        """What stands in the rows of its files."""
        ...

    @property
    def block(self) -> int:
        """How many bytes are best read at a time."""
        ...

    def write(self, key: UUID, chunks: Iterator[bytes]) -> None:
        """Keep the chunks, one after the other. When they raise, nothing is there that `read` would find."""

    def read(self, key: UUID, start: int, length: int) -> bytes:
        """Return these bytes, fewer only at the end; FileNotFoundError if there are none."""
        ...

    def delete(self, key: UUID) -> bool:
        """Forget the bytes, and what a broken write has left. It is no fault if there are none.

        False if they must stay for now: a sweep asks again.
        """
        ...

    def older_than(self, moment: datetime) -> Iterator[UUID]:
        """Yield the keys of what was written before, broken writes too; perhaps one that has just been deleted."""
        ...

    def check(self) -> None:
        """Raise if bytes cannot be kept at this moment."""
