"""Asking for a job, in the transaction of the change that wants it: both are kept, or neither."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, select, update

from carboy.data import uuid7, win_insert, win_update
from carboy.errors import Busy
from carboy.jobs.table import FINISHED, JOBS, State

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CHANNEL = "carboy_jobs"  # where PostgreSQL tells its listeners, once the transaction is committed

_COLUMNS = JOBS.c
_LOOKS = 5
_UNDER_WAY = (State.QUEUED, State.RUNNING)


def insert(session: "Session", values: dict[str, Any]) -> tuple[UUID, bool]:
    """Keep a job, and return its id and True; where one with its key is under way, that one's and False."""
    returned = (_COLUMNS.id, func.pg_notify(CHANNEL, values["queue"])) if _listens(session) else (_COLUMNS.id,)
    values = {"id": uuid7()} | values
    same = (_COLUMNS.handler == values["handler"]) & (_COLUMNS.key == values["key"])
    # A job with the key that ends between the two looks leaves room for ours.
    for _ in range(_LOOKS):
        if win_insert(session, JOBS, values=values, returning=returned):
            return values["id"], True
        there = session.scalar(select(_COLUMNS.id).where(same))
        if there is not None:
            return there, False
    raise Busy(f"Jobs with the key of this {values['handler']} come and go too fast.")


def cancel(session: "Session", job_id: UUID, now: datetime) -> State | None:
    """Take a job back: one that waits is over at once, one that runs is told. Return what it was, None if over."""
    mine = _COLUMNS.id == job_id
    # Held from here on: it neither begins nor ends while we say what becomes of it.
    was = session.scalar(select(_COLUMNS.state).where(mine).with_for_update())
    if was == State.QUEUED:
        over = {"state": State.CANCELLED, "key": None, "finished_at": now, "look_at": now}
        session.execute(update(JOBS).where(mine).values(over))
    elif was == State.RUNNING:
        session.execute(update(JOBS).where(mine).values(unwanted=True))
    return State(was) if was in _UNDER_WAY else None


def retry(session: "Session", job_id: UUID, now: datetime) -> str | None:
    """Give a job that failed or was cancelled all its attempts anew. Return its queue, None if there is no such job."""
    over = (_COLUMNS.id == job_id) & _COLUMNS.state.in_(FINISHED) & (_COLUMNS.state != State.DONE)
    anew = {
        "state": State.QUEUED, "due_at": now, "look_at": now, "failures": 0, "losses": 0, "unwanted": False,
        "progress": None, "note": None, "finished_at": None,
    }  # fmt: skip
    row = win_update(session, JOBS, where=over, values=anew, returning=(_COLUMNS.queue,))
    return None if row is None else row.queue


def _listens(session: "Session") -> bool:
    return session.get_bind().dialect.name == "postgresql"
