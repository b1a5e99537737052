"""What belongs to the work in hand, wherever it runs: a request, a job, a script. Knows no Flask."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_request_id: ContextVar[str | None] = ContextVar("carboy.request_id", default=None)
_asker: ContextVar[str] = ContextVar("carboy.asker", default="")


def utc_now() -> datetime:
    """Tell the time, aware and in UTC: the one clock of the house."""
    return datetime.now(UTC)


def request_id() -> str | None:
    """Name the request that asked for the work in hand, or None when nobody did."""
    return _request_id.get()


def asker() -> str:
    """Name who asked for the work in hand; empty when we do not know."""
    return _asker.get()


def name_asker(principal: str) -> None:
    """Say who asks, once it is known. It holds until the work in hand is over."""
    _asker.set(principal)


@contextmanager
def working_for(identifier: str | None, asked_by: str = "") -> "Iterator[None]":
    """Do what is inside on behalf of this request: its logs, jobs and mails carry the id."""
    tokens = _request_id.set(identifier), _asker.set(asked_by)
    try:
        yield
    finally:
        _asker.reset(tokens[1])
        _request_id.reset(tokens[0])


class Spent:
    """What the work in hand has spent: seconds, by what it spent them on, and how many statements it asked."""

    __slots__ = ("seconds", "statements")

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.statements = 0

    @property
    def total(self) -> float:
        """All seconds that are booked."""
        return sum(self.seconds.values())


_spent: ContextVar[Spent | None] = ContextVar("carboy.spent", default=None)


@contextmanager
def stopwatch() -> "Iterator[Spent]":
    """Collect the seconds that the work inside spends, by what it spends them on."""
    spent = Spent()
    token = _spent.set(spent)
    try:
        yield spent
    finally:
        _spent.reset(token)


def spent() -> Spent | None:
    """Return what the stopwatch has that is running, None if none is."""
    return _spent.get()


def spend(what: str, seconds: float, *, statements: int = 0) -> None:
    """Book seconds on the stopwatch that is running, if one is."""
    if (spent := _spent.get()) is not None:
        spent.seconds[what] = spent.seconds.get(what, 0.0) + seconds
        spent.statements += statements


class spending:  # noqa: N801  (it reads as what it does: `with spending("database"):`)
    """Book the seconds that the work inside takes, however it ends, and the statements that it asks on its own."""

    __slots__ = ("_began", "_statements", "_what")

    def __init__(self, what: str, *, statements: int = 0) -> None:
        self._what = what
        self._statements = statements

    def __enter__(self) -> None:
        self._began = perf_counter()

    def __exit__(self, *_: object) -> None:
        spend(self._what, perf_counter() - self._began, statements=self._statements)
