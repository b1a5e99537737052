"""Events through a table of the database that all processes share, looked at four times a second.

An event is a row of the transaction in which it happened: neither is kept without the other.
"""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from carboy.live.event import Event
from carboy.live.managers import Ears
from carboy.live.managers.reading import Reader
from carboy.live.numbers import MOST_MISSING, Numbers
from carboy.live.table import KEPT, LIVE_EVENTS

if TYPE_CHECKING:
    from carboy.data import Database

_LOOK_SECONDS = 0.25
_AT_ONCE = 500

_ROW = LIVE_EVENTS.c
_ADD = LIVE_EVENTS.insert()


class DatabaseManager:
    """Writes rows, and reads those of others."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._wake = threading.Event()

    def send(self, event: Event) -> None:
        """Write it in the transaction that is open here."""
        self._database.session.execute(_ADD, {"message": event.written()})
        self._database.after_commit(self._wake.set)

    def listen(self, ears: Ears) -> Callable[[], None]:
        """Tell these of every row that comes from now on."""
        return Reader(_Rows(self._database, ears, self._wake)).start()


class _Rows:
    """The rows that come."""

    def __init__(self, database: "Database", ears: Ears, wake: threading.Event) -> None:
        self._database, self._ears, self._wake = database, ears, wake
        self._numbers: Numbers | None = None
        self._read_at = time.monotonic()

    def read(self) -> None:
        if self._numbers is None:
            self._numbers = self._begin()
        if self._pass_on(self._numbers) < _AT_ONCE:
            self._wake.wait(_LOOK_SECONDS)
            self._wake.clear()
        self._read_at = time.monotonic()

    def came_back(self) -> None:
        # Rows wait for us, but not for ever; and before the first look nobody knows what there was.
        if self._numbers is None or time.monotonic() - self._read_at > KEPT.total_seconds() / 2:
            self._numbers = self._begin()
            self._ears.gap()

    def _begin(self) -> Numbers:
        newest = select(_ROW.id).order_by(_ROW.id.desc()).limit(MOST_MISSING)
        with self._database.reading() as session:
            return Numbers(session.scalars(newest).all())

    def _pass_on(self, numbers: Numbers) -> int:
        is_new = or_(_ROW.id > numbers.highest, _ROW.id.in_(numbers.missing))
        new = select(_ROW.id, _ROW.message).where(is_new).order_by(_ROW.id).limit(_AT_ONCE)
        with self._database.reading() as session:
            rows = session.execute(new).all()
        for number, message in rows:
            numbers.see(number)
            self._ears.hear(Event.read(message))
        return len(rows)
