"""What may be written a minute later, many at once: when sessions were last seen, and what was refused.

A request that only reads stays one that only reads, and whoever tries passwords makes the database write once a minute.
What is not written when a process is killed is lost; the log has it.
"""

import atexit
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, insert, select, update

from carboy.accounts.table import AUTH_EVENTS, SESSIONS

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from carboy.data import Database

log = logging.getLogger("carboy.accounts")

SECONDS = 60.0
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


class Notes:
    """The notes of one process. With `by_clock` they are written once a minute, while there are some, and at exit."""

    def __init__(self, database: "Callable[[], Database]", users: "Table", *, by_clock: bool = True) -> None:
        self._database = database
        self._users = users
        self._by_clock = by_clock
        self._seen: dict[UUID, dict[str, Any]] = {}
        self._events: list[Mapping[str, Any]] = []
        self._timer: threading.Timer | None = None
        self._one_at_a_time = threading.Lock()

    def seen(self, session_id: UUID, at: datetime, *, ends_at: datetime) -> None:
        """Note that a session was used."""
        with self._one_at_a_time:
            self._seen[session_id] = {"seen_id": session_id, "seen_at": at, "ends_at": ends_at}
            self._wind_up()

    def happened(self, event: Mapping[str, Any]) -> None:
        """Note an event beside which nothing is written."""
        with self._one_at_a_time:
            if len(self._events) < MOST_EVENTS:
                self._events.append(event)
            self._wind_up()

    def write(self) -> None:
        """Write what was noted, in one transaction."""
        with self._one_at_a_time:
            seen, events, self._timer = list(self._seen.values()), self._events, None
            self._seen, self._events = {}, []
        try:
            self._write(seen, events)
        except Exception:
            log.exception("notes of accounts could not be written")

    def _write(self, seen: list[dict[str, Any]], events: list[Mapping[str, Any]]) -> None:
        if not (seen or events):
            return
        with self._database().transaction(durable=False) as session:
            if events:
                session.execute(_HAPPENED, self._of_those_who_are_there(session, events))
            # In one order: two processes that write about the same sessions do not wait for each other in a ring; and
            # after the events, which name users, since everybody locks a user before their sessions.
            for row in sorted(seen, key=itemgetter("seen_id")):
                session.execute(_SEEN, row)

    def _of_those_who_are_there(self, session: "Session", events: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
        named = {event["user_id"] for event in events} - {None}
        there = set(session.scalars(select(self._users.c.id).where(self._users.c.id.in_(named))))
        return [{**event, "user_id": event["user_id"] if event["user_id"] in there else None} for event in events]

    def _wind_up(self) -> None:
        if self._by_clock and self._timer is None:
            atexit.unregister(self.write)
            atexit.register(self.write)
            self._timer = threading.Timer(SECONDS, self.write)
            self._timer.daemon = True
            self._timer.start()
