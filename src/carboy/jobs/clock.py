"""The clock that leases go by: the database's, since those of several hosts differ."""

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from carboy.context import utc_now

if TYPE_CHECKING:
    from carboy.data import Database

# SQLite is on this very host: its clock is ours.
_ASK = {"postgresql": "SELECT clock_timestamp()", "mysql": "SELECT UTC_TIMESTAMP(6)"}

MEASURED_FOR_SECONDS = 15.0


class DatabaseClock:
    """Tells the database's time without asking it each time: how far ours is off is measured now and then."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._ahead = timedelta(0)
        self._measured_until = 0.0

    def __call__(self) -> datetime:
        """Tell the time."""
        if time.monotonic() >= self._measured_until:
            self.set()
        return utc_now() + self._ahead

    def set(self) -> None:
        """Measure how far the database's clock is ahead of ours."""
        if (question := _ASK.get(self._database.dialect)) is None:
            return
        until = time.monotonic() + MEASURED_FOR_SECONDS
        if self._measured_until:  # meanwhile others go by the older measurement; without one, all measure
            self._measured_until = until
        self._ahead = self._measure(question)
        self._measured_until = until

    def _measure(self, question: str) -> timedelta:
        with self._database.reading() as session:
            session.connection()  # the way there, which may be long, is not to count
            before = utc_now()
            said: datetime = session.execute(text(question)).scalar_one()
            middle = before + (utc_now() - before) / 2
        return (said if said.tzinfo else said.replace(tzinfo=UTC)) - middle
