"""A worker takes the next job, on a lease: nobody else gets it until the lease is over.

The lease has a number, `attempt`. Whoever was paused for longer than the lease finds another number there, and what it
did is undone: see ending.py.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update

from carboy.data import win_update
from carboy.jobs.stops import LostLease
from carboy.jobs.table import JOBS, State

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

LEASE = timedelta(seconds=45)
# No two clocks agree. A bell that is heard before the job is due, by the listener's clock, would have rung for nothing.
CLOCKS_DIFFER = timedelta(milliseconds=250)

Unknown = Collection[tuple[str, int]]  # names and versions of handlers that this process does not know

_COLUMNS = JOBS.c


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is ours for now, and the number that proves it."""

    id: UUID
    attempt: int
    handler: str
    version: int
    arguments: str
    queue: str
    failures: int
    losses: int
    attempts: int
    asked_by: str
    request_id: str | None
    due_at: datetime


_CLAIMED = tuple(_COLUMNS[name] for name in Claim.__slots__)


def due(session: "Session", queues: Sequence[str], now: datetime, *, unknown: Unknown = ()) -> list[str]:
    """Return those of the queues in which a job waits that could start now."""
    return [queue for queue in queues if session.scalar(_next(_in_queue(queue, unknown), now)) is not None]


def waiting_queues(session: "Session") -> Sequence[str]:
    """Return every queue in which a job waits."""
    return session.scalars(select(_COLUMNS.queue).where(_COLUMNS.state == State.QUEUED).distinct()).all()


def claim(
    session: "Session", worker: str, queues: Sequence[str], now: datetime, *, unknown: Unknown = ()
) -> Claim | None:
    """Take the next job of these queues, the first queue first; None if nothing is due."""
    for queue in queues:
        if claimed := _claim(session, _next(_in_queue(queue, unknown), now), worker, now):
            return claimed
    return None


def claim_one(session: "Session", worker: str, job_id: UUID, now: datetime) -> Claim | None:
    """Take this job, if it is still there to be taken."""
    return _claim(session, _next(_COLUMNS.id == job_id, now), worker, now)


def renew(session: "Session", claimed: Claim, now: datetime, **reported: Any) -> None:
    """Keep the lease for another while, with what the handler reported."""
    held = update(JOBS).where(holds(claimed)).values(look_at=now + LEASE, **reported)
    if session.execute(held).rowcount != 1:  # type: ignore[attr-defined]
        raise LostLease(f"The lease of job {claimed.id} is over.")


def unwanted(session: "Session", ids: Sequence[UUID]) -> Sequence[UUID]:
    """Return those of the jobs that somebody has taken back while they run."""
    return session.scalars(select(_COLUMNS.id).where(_COLUMNS.id.in_(ids), _COLUMNS.unwanted)).all()


def holds(claimed: Claim) -> ColumnElement[bool]:
    """Return the condition under which a lease is the newest one."""
    mine = (_COLUMNS.id == claimed.id) & (_COLUMNS.attempt == claimed.attempt)
    return mine & (_COLUMNS.state == State.RUNNING)


def _in_queue(queue: str, unknown: Unknown) -> ColumnElement[bool]:
    known = [~((_COLUMNS.handler == name) & (_COLUMNS.version == version)) for name, version in unknown]
    return and_(_COLUMNS.queue == queue, *known)


def _next(which: ColumnElement[bool], now: datetime) -> "Select[UUID]":
    waiting = select(_COLUMNS.id).where(_COLUMNS.state == State.QUEUED, which, _COLUMNS.due_at <= now + CLOCKS_DIFFER)
    return waiting.order_by(_COLUMNS.rank, _COLUMNS.due_at, _COLUMNS.id).limit(1)


def _claim(session: "Session", found: "Select[UUID]", worker: str, now: datetime) -> Claim | None:
    found = found.with_for_update(skip_locked=True)
    # MariaDB cannot update a table that it selects from; it looks first, and holds what it has found.
    picked = session.scalar(found) if session.get_bind().dialect.name == "mysql" else found.scalar_subquery()
    if picked is None:
        return None
    values = {
        "state": State.RUNNING, "attempt": _COLUMNS.attempt + 1, "look_at": now + LEASE, "leased_by": worker,
        "started_at": now, "progress": None, "note": None,
    }  # fmt: skip
    row = win_update(session, JOBS, where=_COLUMNS.id == picked, values=values, returning=_CLAIMED)
    return None if row is None else Claim(*row)
