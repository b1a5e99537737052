"""Looking at jobs, for people at a terminal: the newest, and how it stands with each kind. Nothing is changed here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select

from carboy.data.pages import Page, Window, keyset_page
from carboy.jobs.table import JOBS, SCHEDULES, State

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_COLUMNS = JOBS.c
_LISTED = ("id", "state", "progress", "handler", "queue", "asked_by", "created_at")

Rows = Sequence[Row[*tuple[Any, ...]]]


def newest(session: "Session", limit: int, **wanted: str | None) -> Rows:
    """Return the jobs that were asked for last; `wanted` are values of columns, None for any."""
    return session.execute(_listed(wanted).order_by(_COLUMNS.id.desc()).limit(limit)).all()


def page(session: "Session", window: Window, **wanted: str | None) -> "Page[Any]":
    """Return a page of jobs, the newest first, each with when it is due."""
    listed = _listed(wanted).add_columns(_COLUMNS.due_at)
    return keyset_page(session, listed, order=(_COLUMNS.id.desc(),), key=_COLUMNS.id, window=window)


def _listed(wanted: Mapping[str, str | None]) -> Select[Any]:
    which = [_COLUMNS[name] == value for name, value in wanted.items() if value is not None]
    # Their ids begin with the time: to sort by them needs no index of its own.
    return select(*(_COLUMNS[name] for name in _LISTED)).where(*which)


def failed(session: "Session", handler: str | None) -> Sequence[UUID]:
    """Return the jobs that failed, those of one handler if it is named, in the order in which they were asked for."""
    mine = [_COLUMNS.handler == handler] if handler else []
    return session.scalars(select(_COLUMNS.id).where(_COLUMNS.state == State.FAILED, *mine).order_by(_COLUMNS.id)).all()


def stand(session: "Session", now: datetime) -> Rows:
    """Return for each queue and handler how many jobs wait, are due, run and have failed.

    `since` is when the one that has waited longest became due, `lost` counts those whose lease is over. Jobs that are
    done, of which there are many, are not looked at.
    """
    waiting, running = _COLUMNS.state == State.QUEUED, _COLUMNS.state == State.RUNNING
    due = and_(waiting, _COLUMNS.due_at <= now)
    counted = (
        _count(waiting, "waiting"),
        _count(due, "due"),
        _count(running, "running"),
        _count(_COLUMNS.state == State.FAILED, "failed"),
        _count(running & (_COLUMNS.look_at < now), "lost"),
        func.min(case((due, _COLUMNS.due_at))).label("since"),
    )
    kind = _COLUMNS.queue, _COLUMNS.handler
    open_ones = _COLUMNS.state.in_((State.QUEUED, State.RUNNING, State.FAILED))
    return session.execute(select(*kind, *counted).where(open_ones).group_by(*kind).order_by(*kind)).all()


def schedules(session: "Session") -> Rows:
    """Return what whoever looks at the clock has written down of each schedule, whichever release has it."""
    return session.execute(select(SCHEDULES)).all()


def _count(which: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.count(case((which, 1))).label(name)
