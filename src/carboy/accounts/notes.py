"""What may be written a minute later, many at once: when sessions were last seen, and what was refused.

A request that only reads stays one that only reads, and whoever tries passwords makes the database write once a minute.
What is not written when a process is killed is lost; the log has it.
"""

import atexit
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, insert, select, update

from carboy.accounts.table import AUTH_EVENTS, SESSIONS

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from carboy.data import Database

log = logging.getLogger("carboy.accounts")

SECONDS = 60.0
BATCH = 200
MOST_EVENTS = 10_000  # beyond, they are left to the log


def _later(kept: ColumnElement[datetime], noted: ColumnElement[datetime]) -> ColumnElement[datetime]:
    # It may have been refreshed since it was noted.
    return case((kept < noted, noted), else_=kept)


_SEEN = (
    update(SESSIONS)
    .where(SESSIONS.c.id == bindparam("seen_id"), SESSIONS.c.revoked_at.is_(None))
    .values(last_seen_at=bindparam("seen_at"), expires_at=_later(SESSIONS.c.expires_at, bindparam("ends_at")))
)
_HAPPENED = insert(AUTH_EVENTS)


class _Seen(NamedTuple):
    by: UUID
    row: dict[str, Any]


class Notes:
    """The notes of one process. With `by_clock` they are written once a minute, while there are some, and at exit."""

    def __init__(self, database: "Callable[[], Database]", users: "Table", *, by_clock: bool = True) -> None:
        self._database = database
        self._users = users
        self._by_clock = by_clock
        self._seen: dict[UUID, _Seen] = {}
        self._events: list[Mapping[str, Any]] = []
        self._timer: threading.Timer | None = None
        self._one_at_a_time = threading.Lock()

    def seen(self, session_id: UUID, at: datetime, *, by: UUID, ends_at: datetime) -> None:
        """Note that a session was used by its user."""
        row = {"seen_id": session_id, "seen_at": at, "ends_at": ends_at}
        with self._one_at_a_time:
            self._seen[session_id] = _Seen(by, row)
            self._wind_up()

    def happened(self, event: Mapping[str, Any]) -> None:
        """Note an event beside which nothing is written."""
        with self._one_at_a_time:
            if len(self._events) < MOST_EVENTS:
                self._events.append(event)
            self._wind_up()

    def write(self) -> None:
        """Write what was noted, in short transactions: while one is open, its users wait to sign in."""
        with self._one_at_a_time:
            seen, events, self._timer = list(self._seen.values()), self._events, None
            self._seen, self._events = {}, []
        try:
            for start in range(0, max(len(seen), len(events)), BATCH):
                some = slice(start, start + BATCH)
                self._write(seen[some], events[some])
        except Exception:
            log.exception("notes of accounts could not be written")

    def _write(self, seen: list["_Seen"], events: list[Mapping[str, Any]]) -> None:
        with self._database().transaction(durable=False) as session:
            there = self._locked(session, {one.by for one in seen} | {event["user_id"] for event in events})
            if events:
                session.execute(_HAPPENED, [_named_if_there(event, there) for event in events])
            for one in seen:
                session.execute(_SEEN, one.row)

    def _locked(self, session: "Session", users: set[UUID | None]) -> set[UUID]:
        """Return those users who are there and stay, locked before their sessions and in one order, as by everybody."""
        key = self._users.c.id
        wanted = select(key).where(key.in_(users - {None})).order_by(key)
        return set(session.scalars(wanted.with_for_update(key_share=True)))

    def _wind_up(self) -> None:
        if self._by_clock and self._timer is None:
            atexit.unregister(self.write)
            atexit.register(self.write)
            self._timer = threading.Timer(SECONDS, self.write)
            self._timer.daemon = True
            self._timer.start()


def _named_if_there(event: Mapping[str, Any], there: set[UUID]) -> dict[str, Any]:
    return {**event, "user_id": event["user_id"] if event["user_id"] in there else None}
