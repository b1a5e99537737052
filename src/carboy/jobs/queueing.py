"""Asking for a job, in the transaction of the change that wants it: both are kept, or neither."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, select, update

from carboy.data import uuid7, win_insert
from carboy.errors import Busy, Conflict
from carboy.jobs.ending import WIPED
from carboy.jobs.table import JOBS, State, ended

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CHANNEL = "carboy_jobs"  # where PostgreSQL tells its listeners, once the transaction is committed

_COLUMNS = JOBS.c
_KEPT = (_COLUMNS.id,)
_KEPT_AND_TOLD = (_COLUMNS.id, func.pg_notify(CHANNEL, _COLUMNS.queue))
_LOOKS = 5
_UNDER_WAY = (State.QUEUED, State.RUNNING)


def insert(session: "Session", values: dict[str, Any]) -> tuple[UUID, bool]:
    """Keep a job, and return its id and True; where one with its key is under way, that one's and False."""
    returned = _KEPT_AND_TOLD if session.get_bind().dialect.name == "postgresql" else _KEPT
    values = {"id": uuid7(), "held_key": values["key"]} | values
    # A job with the key that ends between the two looks leaves room for ours.
    for _ in range(_LOOKS):
        if win_insert(session, JOBS, values=values, returning=returned):
            return values["id"], True
        if (there := _holder(session, values["handler"], values["key"])) is not None:
            return there, False
    raise Busy(f"Jobs with the key of this {values['handler']} come and go too fast. Try again.")


def cancel(session: "Session", job_id: UUID, now: datetime) -> State | None:
    """Take a job back: one that waits is over at once, one that runs is told. Return what it was, None if over."""
    mine = _COLUMNS.id == job_id
    # Held from here on: it neither begins nor ends while we say what becomes of it.
    was = session.scalar(select(_COLUMNS.state).where(mine).with_for_update())
    if was == State.QUEUED:
        session.execute(update(JOBS).where(mine).values(ended(State.CANCELLED, now)))
    elif was == State.RUNNING:
        session.execute(update(JOBS).where(mine).values(unwanted=True, held_key=None))
    return State(was) if was in _UNDER_WAY else None


def retry(session: "Session", job_id: UUID, now: datetime) -> str | None:
    """Give a job that failed or was cancelled all its attempts anew. Return its queue, None if there is no such job."""
    over = (_COLUMNS.id == job_id) & _COLUMNS.state.in_((State.FAILED, State.CANCELLED))
    over &= _COLUMNS.arguments != WIPED  # a confidential one has ended by its own word
    held = select(_COLUMNS.queue, _COLUMNS.handler, _COLUMNS.key).where(over).with_for_update()
    if (row := session.execute(held).one_or_none()) is None:
        return None
    if row.key is not None and (other := _holder(session, row.handler, row.key)) is not None:
        raise Conflict(f"Job {other} has the same key, {row.key!r}, and is under way. Cancel it, or wait for its end.")
    anew = {
        "state": State.QUEUED, "due_at": now, "look_at": now, "failures": 0, "losses": 0, "unwanted": False,
        "held_key": row.key, "progress": None, "note": None, "finished_at": None,
    }  # fmt: skip
    session.execute(update(JOBS).where(_COLUMNS.id == job_id).values(anew))
    return str(row.queue)


def _holder(session: "Session", handler: str, key: str) -> UUID | None:
    return session.scalar(select(_COLUMNS.id).where(_COLUMNS.handler == handler, _COLUMNS.held_key == key))
