"""A mail each morning of what is due. The morning is where its reader lives, and who does not want it says so.

No HTTP and no SQL: as domain.py, the functions are handed where todos and their readers are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starter.accounts.domain import User
from starter.todos.models import Todo

BEGINS, ENDS = 7, 12  # on the reader's clock; whoever was not reached by noon is not woken in the evening
MOST_LINES = 50


@dataclass(frozen=True, slots=True)
class Digest:
    """What somebody has to do on a day."""

    reader: User
    todos: Sequence[Todo]
    more: int  # that no line is left for


class Readers(Protocol):
    """Who wants a digest."""

    def zones(self) -> Sequence[str]:
        """Return the time zones of those who want one."""

    def claim(self, zone: str, day: date, most: int) -> Sequence[UUID]:
        """Note of up to so many readers in this zone that they have been thought of on this day, and return them."""

    def wants(self, user_id: UUID) -> bool:
        """Return whether somebody wants one."""

    def choose(self, user_id: UUID, *, wants: bool) -> None:
        """Note whether somebody wants one."""

    def find(self, user_id: UUID) -> User | None:
        """Return a reader, if they still want one."""

    def due(self, user_id: UUID, day: date, most: int) -> tuple[Sequence[Todo], int]:
        """Return what is open and due on this day or before, the oldest first, and how many more there are."""


def mornings(readers: Readers, now: datetime) -> dict[str, date]:
    """Return the zones where it is morning, and which day it is there."""
    local = {zone: now.astimezone(_clock_of(zone)) for zone in readers.zones()}
    return {zone: there.date() for zone, there in local.items() if BEGINS <= there.hour < ENDS}


def _clock_of(zone: str) -> tzinfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # zones are renamed, and not every machine knows all of them
        return UTC


def wants(readers: Readers, user_id: UUID) -> bool:
    """Return whether somebody wants a digest. They do, unless they said otherwise."""
    return readers.wants(user_id)


def choose(readers: Readers, user_id: UUID, *, wants: bool) -> bool:
    """Say whether one wants a digest."""
    readers.choose(user_id, wants=wants)
    return wants


def digest(readers: Readers, user_id: UUID, day: date) -> Digest | None:
    """Return what somebody has to do on this day; None, if that is nothing or they do not want to know."""
    reader = readers.find(user_id)
    if reader is None:
        return None
    todos, more = readers.due(user_id, day, MOST_LINES)
    return Digest(reader, todos, more) if todos else None
