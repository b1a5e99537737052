"""Revoked tokens in the memory of one process. Another process does not see them, and a restart forgets them."""

import heapq
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from carboy.accounts.revocation import KEPT_BEYOND
from carboy.context import utc_now

MOST_ENTRIES = 100_000  # some 25 MB


def open_store(**_others: object) -> "MemoryStore":
    """Open a store that knows nothing, and therefore refuses every token issued before."""
    return MemoryStore()


class MemoryStore:
    """What was revoked since this store was made. Whatever was issued before may have been revoked: it is refused."""

    revoked: ClassVar[None] = None  # only a database can say so in the same statement

    def __init__(self, *, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._ends: dict[str, datetime] = {}
        self._due: list[tuple[datetime, str]] = []  # a heap; a key that was prolonged is in it more than once
        self._epoch = utc_now()
        self._one_at_a_time = threading.Lock()

    def revoke(self, keys: Sequence[str], until: datetime, reason: str = "") -> None:  # noqa: ARG002
        """Have tokens with these keys count no more."""
        with self._one_at_a_time:
            self._forget(utc_now())
            for key in keys:
                self._note(key, until + KEPT_BEYOND)
            if len(self._due) > self._most:
                self._refuse_all()

    def is_revoked(self, keys: Sequence[str], issued_at: datetime) -> bool:
        """Tell whether one of these keys is revoked, or the token is older than this store."""
        with self._one_at_a_time:
            return issued_at < self._epoch or any(key in self._ends for key in keys)

    def purge(self, now: datetime | None = None) -> int:
        """Forget what has ended, and return how many keys there were."""
        with self._one_at_a_time:
            return self._forget(now or utc_now())

    def check(self) -> None:
        """Nothing can be away."""

    def _note(self, key: str, end: datetime) -> None:
        if key not in self._ends or self._ends[key] < end:
            self._ends[key] = end
            heapq.heappush(self._due, (end, key))

    def _forget(self, now: datetime) -> int:
        forgotten = 0
        while self._due and self._due[0][0] < now:
            end, key = heapq.heappop(self._due)
            if self._ends.get(key) == end:
                del self._ends[key]
                forgotten += 1
        return forgotten

    def _refuse_all(self) -> None:
        # Dropping an entry would let a revoked token in. This way every client renews its token once, and none gets in.
        self._ends.clear()
        self._due.clear()
        self._epoch = utc_now()
