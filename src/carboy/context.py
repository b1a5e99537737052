"""What belongs to the work in hand, wherever it runs: a request, a job, a script. Knows no Flask."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
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
