"""Leases that ran out go back into the queue, and finished rows go away when they are old."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, bindparam, false, or_, select, update

from carboy.data import pruning
from carboy.jobs.backoff import wait_after
from carboy.jobs.changes import Change
from carboy.jobs.ending import MOST_LOSSES
from carboy.jobs.table import FINISHED, JOBS, State, ended

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from carboy.data import Database

_RINGS = 100  # meanwhile nobody can claim them
_BATCH = 500  # rows that one transaction changes: on SQLite every writer waits for it
_COLUMNS = JOBS.c
_TOLD = ("id", "handler", "queue", "attempt", "asked_by", "request_id")
_SHOWN = [_COLUMNS[name] for name in (*_TOLD, "losses", "unwanted")]
_CHANGE = update(JOBS).where(_COLUMNS.id == bindparam("of_job"))
_LOST = f"Its worker was lost {MOST_LOSSES} times while it ran: it may use too much memory, or end the process."
RING_AGAIN = timedelta(seconds=60)  # sooner, a backlog would flood itself with bells

Rows = Sequence[Row[*tuple[Any, ...]]]
Known = Mapping[str, int]  # names of handlers, and the newest version of their arguments


def take_back(database: "Database", now: datetime, *, lost_by: Sequence[str] | None = None) -> Iterator[list[Change]]:
    """Return jobs whose lease is over, or that these workers had before they died, to their queues, in batches."""
    lost = _COLUMNS.look_at < now if lost_by is None else _COLUMNS.leased_by.in_(lost_by)
    held = (_COLUMNS.state == State.RUNNING) & lost
    while True:
        with database.transaction() as session:
            batch = _some(session, held, now)
        if not batch:
            return
        yield batch


def _some(session: "Session", held: ColumnElement[bool], now: datetime) -> list[Change]:
    rows = session.execute(select(*_SHOWN).where(held).limit(_BATCH).with_for_update(skip_locked=True)).all()
    return [_take_back(session, row, now) for row in rows]


def _take_back(session: "Session", row: Row[Any], now: datetime) -> Change:
    values: dict[str, Any] = {"note": None, "losses": row.losses + 1}
    if row.unwanted:
        values |= ended(State.CANCELLED, now)
    elif row.losses + 1 >= MOST_LOSSES:
        values |= ended(State.FAILED, now) | {"error": _LOST}
    else:
        # Most often it can go on at once. What was lost again and again rests, each for a time of its own: if one of
        # them killed the worker, the others are not at its side the next time.
        due_at = now + wait_after(row.losses) if row.losses else now
        values |= {"state": State.QUEUED, "due_at": due_at, "look_at": due_at, "leased_by": None}
    # It is ours: by its id alone MariaDB walks no index on which it could meet, and block, a claim.
    session.execute(_CHANGE, {"of_job": row.id} | values)
    return Change.of(row, State.RUNNING, values["state"], why="its worker is gone")


def is_overdue(session: "Session", now: datetime, *, known: Known | None = None) -> bool:
    """Whether `ring_again` would find any."""
    return session.scalar(select(_COLUMNS.id).where(_overdue(now, known)).limit(1)) is not None


def ring_again(session: "Session", now: datetime, *, known: Known | None = None) -> Rows:
    """Return id and queue of jobs that are due and that nobody has taken, each at longer and longer intervals."""
    shown = _COLUMNS.id, _COLUMNS.queue, _COLUMNS.due_at
    overdue = select(*shown).where(_overdue(now, known))
    rows = session.execute(overdue.order_by(_COLUMNS.look_at).limit(_RINGS).with_for_update(skip_locked=True)).all()
    for row in rows:
        later = now + max(RING_AGAIN, now - row.due_at)
        session.execute(update(JOBS).where(_COLUMNS.id == row.id).values(look_at=later))
    return rows


def _overdue(now: datetime, known: Known | None) -> ColumnElement[bool]:
    overdue = (_COLUMNS.state == State.QUEUED) & (_COLUMNS.look_at <= now) & (_COLUMNS.due_at <= now)
    if known is None:
        return overdue
    # What only a newer release knows is left to it: our bell would be heard by our own kind, again and again.
    ours = ((_COLUMNS.handler == name) & (_COLUMNS.version <= newest) for name, newest in known.items())
    return overdue & or_(false(), *ours)


def prune(database: "Database", before: datetime) -> int:
    """Delete jobs that ended before this moment, in many short transactions; say how many."""
    old = _COLUMNS.state.in_(FINISHED) & (_COLUMNS.look_at < before)
    return pruning.prune(database, JOBS, old)
