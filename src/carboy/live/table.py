"""The table of events, for processes that share no more than a database. Each reads on from where it was.

A row is written in the transaction of what happened, so that neither is kept without the other.
"""

from datetime import timedelta

from sqlalchemy import BigInteger, Column, Integer, String, Table

from carboy.context import utc_now
from carboy.data import Base, UtcDateTime
from carboy.live.event import LONGEST_MESSAGE

KEPT = timedelta(hours=1)

LIVE_EVENTS = Table(
    "live_events",
    Base.metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("message", String(LONGEST_MESSAGE), nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True, default=utc_now),
    sqlite_autoincrement=True,  # a number that was given once is given never again, however many are deleted
)
