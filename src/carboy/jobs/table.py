"""A job is a row, and the row is the truth: whoever rings a bell for it only saves somebody a look.

queued ──claim──► running ──record──► done
  ▲                 │ ├────give up──► cancelled
  │                 │ └──fail, budget used up──► failed
  ├──fail, snooze, hand back, lease over──┘
  └──retry── failed, cancelled                    queued ──cancel──► cancelled
"""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, UniqueConstraint, Uuid

from carboy.context import utc_now
from carboy.data import Base, LongText, UtcDateTime, uuid7


class State(enum.StrEnum):
    """Where a job is on its way."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


# What the columns hold.
LONGEST_NAME, LONGEST_QUEUE, LONGEST_KEY, LONGEST_TIMING, LONGEST_NOTE, LONGEST_ASKER = 200, 40, 200, 120, 200, 255

FINISHED = (State.DONE, State.FAILED, State.CANCELLED)

# A plain table: a mapped class would cost every start some milliseconds, and nobody walks from job to job.
JOBS = Table(
    "jobs",
    Base.metadata,
    Column("id", Uuid, primary_key=True, default=uuid7),
    Column("handler", String(LONGEST_NAME), nullable=False),
    Column("version", Integer, nullable=False),  # of the arguments: a later release still understands earlier ones
    Column("arguments", LongText, nullable=False),
    Column("queue", String(LONGEST_QUEUE), nullable=False),
    Column("rank", Integer, nullable=False),  # the smaller first: priority, its sign turned, so that indexes ascend
    Column("key", String(LONGEST_KEY)),  # as it was asked for
    Column("held_key", String(LONGEST_KEY)),  # the same while it keeps others away: until it has ended, or is to end
    Column("state", String(10), nullable=False, default=State.QUEUED),
    Column("due_at", UtcDateTime, nullable=False),
    # When somebody must look at the row if nothing has happened by then: to ring again for one that waits, to take
    # back one whose lease is over, to forget one that has ended. One moment for all three, and so one index.
    Column("look_at", UtcDateTime, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),  # the fence: each lease has another
    Column("failures", Integer, nullable=False, default=0),  # of the handler
    Column("losses", Integer, nullable=False, default=0),  # of the worker, which died or was cut off
    Column("attempts", Integer, nullable=False),  # how many failures there may be
    Column("leased_by", String(120)),
    Column("unwanted", Boolean, nullable=False, default=False),  # cancelled while it ran: its handler is told
    Column("progress", Float),
    Column("note", String(LONGEST_NOTE)),  # what whoever asked is told: how far it is, or why it did not come to be
    Column("result", LongText),
    Column("error", LongText),  # what developers are told
    Column("asked_by", String(LONGEST_ASKER), nullable=False),
    Column("request_id", String(128)),
    Column("created_at", UtcDateTime, nullable=False, default=utc_now),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    UniqueConstraint("handler", "held_key"),
    # A claim walks the first and meets none of the finished rows, however many there are.
    Index(None, "state", "queue", "rank", "due_at", "id"),
    Index(None, "state", "look_at"),
)

# Each schedule is a row as well, and each of its ticks belongs to whoever moves `next_at` first.
SCHEDULES = Table(
    "schedules",
    Base.metadata,
    Column("handler", String(LONGEST_NAME), primary_key=True),
    # Part of the key: of two releases with different ideas, each has its own row and neither resets the other's.
    Column("timing", String(LONGEST_TIMING), primary_key=True),
    Column("next_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime),
)


def ended(state: State, now: datetime) -> dict[str, Any]:
    """Return what stands in the row of a job that is over."""
    return {"state": state, "held_key": None, "finished_at": now, "look_at": now, "leased_by": None}


def storable(text: str) -> str:
    """Return the text as every database takes it: names of files may hold what is no character at all."""
    return text.replace("\0", "\\0").encode(errors="backslashreplace").decode()
