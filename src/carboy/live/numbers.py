"""Reading on in a table whose numbers are given in one order and committed in another.

A number that was left out may be of a transaction that is still open, or of one that was rolled back: it is asked for
again for a while.
"""

import time
from collections.abc import Callable, Iterable

MOST_MISSING = 500
MISSED_SECONDS = 900.0  # a transaction that is open for longer is not waited for


class Numbers:
    """Which numbers have been read, and which may still come. It asks no database."""

    def __init__(self, seen: Iterable[int], now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._missing: dict[int, float] = {}
        known = sorted(seen)
        self.highest = known[0] if known else 0
        for number in known:
            self.see(number)

    @property
    def missing(self) -> list[int]:
        """The numbers that may still come."""
        return list(self._missing)

    def see(self, number: int) -> None:
        """Note that this one has been read."""
        self._missing.pop(number, None)
        if number > self.highest:
            first = max(self.highest + 1, number - MOST_MISSING)
            self._missing.update(dict.fromkeys(range(first, number), self._now()))
            self.highest = number
        self._forget()

    def _forget(self) -> None:
        long_ago = self._now() - MISSED_SECONDS
        while self._missing:
            oldest = next(iter(self._missing))
            if len(self._missing) <= MOST_MISSING and self._missing[oldest] > long_ago:
                return
            del self._missing[oldest]
