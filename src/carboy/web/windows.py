"""Moving windows: of the last so many seconds, how often has this caller asked? Decides nothing; counts.

A window lets through `times` of any `seconds` in a row. What it turns away is not counted: who waits as long as told
is let through, however often they asked meanwhile.
"""

import re
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from carboy.settings.kinds import rate_limit

if TYPE_CHECKING:
    from limits import RateLimitItem

MOST_CALLERS = 50_000  # some 50 MB; beyond, whoever stayed away the longest is forgotten early

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class Rate(NamedTuple):
    """So many times in so many seconds."""

    seconds: int
    times: int


def rates(text: str) -> tuple[Rate, ...]:
    """Read "10/second;5000/day"."""
    found = re.findall(r"(\d+)/(\d*)([a-z]+)", rate_limit(text))
    return tuple(Rate(_SECONDS[unit] * int(many or 1), int(count)) for count, many, unit in found)


class Windows(Protocol):
    """Where hits are counted."""

    def take(self, rate: Rate, caller: str) -> float:
        """Count one more and return 0, or return the seconds until there is room. ConnectionError: nobody counts."""

    def wait(self, rate: Rate, caller: str) -> float:
        """Return the seconds until there is room, and count nothing."""

    def clear(self, rate: Rate, caller: str) -> None:
        """Forget what was counted for this caller."""


class Memory:
    """Windows in this process alone. A caller who stays away is forgotten by those who come after."""

    def __init__(self) -> None:
        self._hits: dict[Rate, OrderedDict[str, deque[float]]] = {}
        self._one_at_a_time = threading.Lock()

    def take(self, rate: Rate, caller: str) -> float:
        """Count one more and return 0, or return the seconds until there is room."""
        with self._one_at_a_time:
            callers, now = self._hits.setdefault(rate, OrderedDict()), time.time()
            if wait := _wait(callers.get(caller), rate, now):
                return wait
            callers.setdefault(caller, deque()).append(now)
            callers.move_to_end(caller)
            _forget_some(callers, now - rate.seconds)
            return 0

    def wait(self, rate: Rate, caller: str) -> float:
        """Return the seconds until there is room, and count nothing."""
        with self._one_at_a_time:
            callers = self._hits.get(rate)
            return _wait(callers.get(caller) if callers else None, rate, time.time())

    def clear(self, rate: Rate, caller: str) -> None:
        """Forget what was counted for this caller."""
        with self._one_at_a_time:
            self._hits.get(rate, OrderedDict()).pop(caller, None)


def _wait(hits: deque[float] | None, rate: Rate, now: float) -> float:
    while hits and hits[0] <= now - rate.seconds:
        hits.popleft()
    return hits[0] + rate.seconds - now if hits and len(hits) >= rate.times else 0


def _forget_some(callers: OrderedDict[str, deque[float]], before: float) -> None:
    # Two for each that may come: the work of a request does not grow with the number of callers, nor does the memory.
    for _ in range(2):
        longest_away = next(iter(callers))
        if len(callers) <= MOST_CALLERS and callers[longest_away] and callers[longest_away][-1] > before:
            return
        del callers[longest_away]


class Redis:
    """Windows that all processes on all machines share."""

    def __init__(self, url: str, patience: float) -> None:
        from limits.storage import storage_from_string
        from limits.strategies import MovingWindowRateLimiter
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        options: Any = {
            "socket_timeout": patience,
            "socket_connect_timeout": patience,
            "retry": Retry(NoBackoff(), 1),  # once: for a connection that Redis has closed meanwhile
        }
        address = re.sub(r"^unix:", "redis+unix:", url)
        self._windows = MovingWindowRateLimiter(storage_from_string(address, wrap_exceptions=True, **options))

    def take(self, rate: Rate, caller: str) -> float:
        """Count one more and return 0, or return the seconds until there is room."""
        with _told_as_an_outage():
            if self._windows.hit(_item(rate), caller):
                return 0
        return self.wait(rate, caller) or _A_MOMENT

    def wait(self, rate: Rate, caller: str) -> float:
        """Return the seconds until there is room, and count nothing."""
        with _told_as_an_outage():
            oldest_leaves_at, room = self._windows.get_window_stats(_item(rate), caller)
        return 0 if room > 0 else max(oldest_leaves_at - time.time(), _A_MOMENT)

    def clear(self, rate: Rate, caller: str) -> None:
        """Forget what was counted for this caller."""
        with _told_as_an_outage():
            self._windows.clear(_item(rate), caller)


_A_MOMENT = 0.001


def _item(rate: Rate) -> "RateLimitItem":
    from limits import RateLimitItemPerSecond

    return RateLimitItemPerSecond(rate.times, rate.seconds, namespace="carboy")


@contextmanager
def _told_as_an_outage() -> Iterator[None]:
    from limits.errors import StorageError

    try:
        yield
    except StorageError as error:
        raise ConnectionError(str(error.storage_error)) from error
