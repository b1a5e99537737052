"""A worker takes the next job, on a lease: nobody else gets it until the lease is over.

The lease has a number, `attempt`. Whoever was paused for longer than the lease finds another number there, and what it
did is undone: see ending.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, select, update

from carboy.jobs.declaring import LARGEST_PRIORITY
from carboy.jobs.stops import LostLease
from carboy.jobs.table import JOBS, State

if TYPE_CHECKING:
    from sqlalchemy import Row, Update
    from sqlalchemy.orm import Session

LEASE = timedelta(seconds=45)
# No two clocks agree. A bell that is heard before the job is due, by the listener's clock, would have rung for nothing.
CLOCKS_DIFFER = timedelta(milliseconds=250)

Unknown = frozenset[tuple[str, int]]  # names and versions of handlers that this process does not know
NOBODY: Unknown = frozenset()

_COLUMNS = JOBS.c
_Which = dict[str, Any]
_Found = TypeVar("_Found")


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


class _Looking:
    """The statements of one way of looking for a job, built once: building takes longer than running them."""

    def __init__(self, which: ColumnElement[bool]) -> None:
        waits = (_COLUMNS.state == State.QUEUED) & which & (_COLUMNS.due_at <= bindparam("until"))
        self.look = select(_COLUMNS.id).where(waits).order_by(_COLUMNS.due_at, _COLUMNS.id).limit(1)
        self.hold = self.look.with_for_update(skip_locked=True)
        self.take = _taking(self.hold.scalar_subquery()).returning(*_CLAIMED)


def _taking(picked: Any) -> "Update":
    return update(JOBS).where(_COLUMNS.id == picked).values(
        state=State.RUNNING, attempt=_COLUMNS.attempt + 1, look_at=bindparam("lease_over"),
        leased_by=bindparam("worker"), started_at=bindparam("at"), progress=None, note=None,
    )  # fmt: skip


_TAKE_HELD = _taking(bindparam("held"))
_READ_HELD = select(*_CLAIMED).where(_COLUMNS.id == bindparam("held"))
_BY_ID = _Looking(_COLUMNS.id == bindparam("job"))

# One rank after the other, the usual one first: of each the index gives what is due before what rests, and so whatever
# rests is never walked through, however much it is.
_THERE = (_COLUMNS.state == State.QUEUED) & (_COLUMNS.queue == bindparam("job_queue"))
_NEXT_RANK = select(func.min(_COLUMNS.rank)).where(_THERE, _COLUMNS.rank > bindparam("after"))
_BEFORE_ALL = -LARGEST_PRIORITY - 1


@lru_cache(maxsize=64)
def _in_queue(unknown: Unknown) -> _Looking:
    known = [~((_COLUMNS.handler == name) & (_COLUMNS.version == version)) for name, version in unknown]
    return _Looking(and_(_THERE, _COLUMNS.rank == _NEXT_RANK.scalar_subquery(), *known))


def due(session: "Session", queues: Sequence[str], now: datetime, *, unknown: Unknown = NOBODY) -> list[str]:
    """Return those of the queues in which a job waits that could start now."""
    looking = _in_queue(unknown)

    def waits(which: _Which) -> UUID | None:
        return session.scalar(looking.look, which)

    return [queue for queue in queues if _first(session, waits, queue, now) is not None]


def waiting_queues(session: "Session") -> Sequence[str]:
    """Return every queue in which a job waits."""
    return session.scalars(select(_COLUMNS.queue).where(_COLUMNS.state == State.QUEUED).distinct()).all()


def claim(
    session: "Session", worker: str, queues: Sequence[str], now: datetime, *, unknown: Unknown = NOBODY
) -> Claim | None:
    """Take the next job of these queues, the first queue first; None if nothing is due."""
    looking = _in_queue(unknown)

    def take(which: _Which) -> Claim | None:
        return _claim(session, looking, which, worker=worker, now=now)

    claims = (_first(session, take, queue, now) for queue in queues)
    return next((claimed for claimed in claims if claimed), None)


def claim_one(session: "Session", worker: str, job_id: UUID, now: datetime) -> Claim | None:
    """Take this job, if it is still there to be taken."""
    return _claim(session, _BY_ID, {"job": job_id, "until": now + CLOCKS_DIFFER}, worker=worker, now=now)


def renew(session: "Session", claimed: Claim, now: datetime, **reported: Any) -> None:
    """Keep the lease for another while, with what the handler reported."""
    change_held(session, claimed, {"look_at": now + LEASE} | reported)


def unwanted(session: "Session", ids: Sequence[UUID]) -> Sequence[UUID]:
    """Return those of the jobs that somebody has taken back while they run."""
    return session.scalars(select(_COLUMNS.id).where(_COLUMNS.id.in_(ids), _COLUMNS.unwanted)).all()


# The newest lease, and no other. What is to be set is said with each execution.
_HELD = (_COLUMNS.id == bindparam("of_job")) & (_COLUMNS.attempt == bindparam("of_attempt"))
_HELD &= _COLUMNS.state == State.RUNNING
_CHANGE_HELD = update(JOBS).where(_HELD)
_IS_UNWANTED = select(_COLUMNS.unwanted).where(_HELD).with_for_update()


def change_held(session: "Session", claimed: Claim, values: dict[str, Any]) -> None:
    """Change the row of a job that is ours, or raise if the lease is over."""
    changed = session.execute(_CHANGE_HELD, _held(claimed) | values)
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise LostLease(f"The lease of job {claimed.id} is over, and what was done under it is undone.")


def is_unwanted(session: "Session", claimed: Claim) -> bool:
    """Whether somebody has taken the job back while it runs here; nobody can do so from now on."""
    return bool(session.scalar(_IS_UNWANTED, _held(claimed)))


def _held(claimed: Claim) -> dict[str, Any]:
    return {"of_job": claimed.id, "of_attempt": claimed.attempt}


def _first(session: "Session", find: Callable[[_Which], _Found | None], queue: str, now: datetime) -> _Found | None:
    """Return what is found in the lowest rank of the queue in which something is due."""
    which = {"job_queue": queue, "until": now + CLOCKS_DIFFER, "after": _BEFORE_ALL}
    while (found := find(which)) is None:
        if (nothing_in := session.scalar(_NEXT_RANK, which)) is None:
            return None
        which["after"] = nothing_in
    return found


def _claim(session: "Session", looking: _Looking, which: _Which, *, worker: str, now: datetime) -> Claim | None:
    lease = {"lease_over": now + LEASE, "worker": worker, "at": now}
    row: Row[*tuple[Any, ...]] | None
    if session.get_bind().dialect.name == "mysql":
        row = _claim_in_two_steps(session, looking, which, lease)
    else:
        row = session.execute(looking.take, which | lease).one_or_none()
    return None if row is None else Claim(*row)


def _claim_in_two_steps(
    session: "Session", looking: _Looking, which: _Which, lease: dict[str, Any]
) -> "Row[*tuple[Any, ...]] | None":
    # MariaDB cannot update a table that it selects from; it looks first, and holds what it has found.
    picked = session.scalar(looking.hold, which)
    if picked is None:
        return None
    session.execute(_TAKE_HELD, lease | {"held": picked})
    return session.execute(_READ_HELD, {"held": picked}).one()
