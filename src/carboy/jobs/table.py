"""A job is a row, and the row is the truth: whoever rings a bell for it only saves somebody a look.

queued ──claim──► running ──finish──► done
  ▲                 │ ├────give up──► cancelled
  │                 │ └──fail, budget used up──► failed
  ├──fail, snooze, hand back, lease over──┘
  └──retry── failed, cancelled                    queued ──cancel──► cancelled
"""

import enum

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


LONGEST_KEY = 200

FINISHED = (State.DONE, State.FAILED, State.CANCELLED)

# A plain table: a mapped class would cost every start some milliseconds, and nobody walks from job to job.
JOBS = Table(
    "jobs",
    Base.metadata,
    Column("id", Uuid, primary_key=True, default=uuid7),
    Column("handler", String(200), nullable=False),
    Column("version", Integer, nullable=False),  # of the arguments: a later release still understands earlier ones
    Column("arguments", LongText, nullable=False),
    Column("queue", String(40), nullable=False),
    Column("rank", Integer, nullable=False),  # the smaller first: priority, its sign turned, so that indexes ascend
    Column("key", String(LONGEST_KEY)),  # one at a time of its handler; taken away in the end
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
    Column("note", String(200)),  # what whoever asked is told: how far it is, or why it did not come to be
    Column("result", LongText),
    Column("error", LongText),  # what developers are told
    Column("asked_by", String(255), nullable=False),
    Column("request_id", String(128)),
    Column("created_at", UtcDateTime, nullable=False, default=utc_now),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    UniqueConstraint("handler", "key"),
    # A claim walks the first and meets none of the finished rows, however many there are.
    Index(None, "state", "queue", "rank", "due_at", "id"),
    Index(None, "state", "look_at"),
)

# Each schedule is a row as well, and each of its ticks belongs to whoever moves `next_at` first.
SCHEDULES = Table(
    "schedules",
    Base.metadata,
    Column("handler", String(200), primary_key=True),
    # Part of the key: of two releases with different ideas, each has its own row and neither resets the other's.
    Column("timing", String(120), primary_key=True),
    Column("next_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime),
)
