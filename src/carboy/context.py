"""What belongs to the work in hand, wherever it runs: a request, a job, a script. Knows no Flask."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_request_id: ContextVar[str | None] = ContextVar("carboy.request_id", default=None)


def utc_now() -> datetime:
    """Tell the time, aware and in UTC: the one clock of the house."""
    return datetime.now(UTC)


def request_id() -> str | None:
    """Name the request that asked for the work in hand, or None when nobody did."""
    return _request_id.get()


@contextmanager
def working_for(identifier: str | None) -> "Iterator[None]":
    """Do what is inside on behalf of this request: its logs, jobs and mails carry the id."""
    token = _request_id.set(identifier)
    try:
        yield
    finally:
        _request_id.reset(token)


_spent: ContextVar[dict[str, float] | None] = ContextVar("carboy.spent", default=None)


@contextmanager
def stopwatch() -> "Iterator[dict[str, float]]":
    """Collect the seconds that the work inside spends, by what it spends them on."""
    spent: dict[str, float] = {}
    token = _spent.set(spent)
    try:
        yield spent
    finally:
        _spent.reset(token)


def spend(what: str, seconds: float) -> None:
    """Book seconds on the stopwatch that is running, if one is."""
    if (spent := _spent.get()) is not None:
        spent[what] = spent.get(what, 0.0) + seconds
