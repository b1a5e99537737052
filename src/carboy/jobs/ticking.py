"""What is due by the clock is asked for, once, however many look.

Each schedule is a row. Whoever moves its `next_at` has the tick, and the job is accepted in the same transaction.
"""

import logging
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, select, update

from carboy.data import win_insert
from carboy.jobs.table import SCHEDULES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from carboy.jobs.room import Jobs
    from carboy.jobs.schedules import Schedule

log = logging.getLogger("carboy.jobs")

GRACE = timedelta(minutes=1)  # what is later than this was missed
FORGOTTEN_AFTER = timedelta(days=7)  # of a row that nobody moves: no release knows its schedule any more
LONGEST_SLEEP = 10.0

_STOP_SECONDS = 5.0
_COLUMNS = SCHEDULES.c

Id = tuple[str, str]  # handler and timing
Timetable = Mapping[Id, datetime]


def tick(jobs: "Jobs") -> Timetable:
    """Ask for all that is due, and return when each schedule is due next."""
    now, there = jobs.clock(), _rows(jobs)
    return {which: _looked_at(jobs, schedule, there.get(which), now) for which, schedule in jobs.schedules.items()}


def forget(jobs: "Jobs") -> int:
    """Delete the rows of schedules that no release has any more; say how many."""
    long_ago = jobs.clock() - FORGOTTEN_AFTER
    left = [which for which, next_at in _rows(jobs).items() if next_at < long_ago and which not in jobs.schedules]
    with jobs.database.transaction() as session:
        for which in left:
            session.execute(delete(SCHEDULES).where(_row(which), _COLUMNS.next_at < long_ago))
    return len(left)


class Scheduler:
    """A thread that asks for jobs when their time has come. Any number may run, in any number of processes."""

    def __init__(self, jobs: "Jobs") -> None:
        self._jobs = jobs
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="carboy-scheduler", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask for nothing more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def look(self) -> Timetable:
        """Ask for what is due now, and return when each schedule is due next."""
        return tick(self._jobs)

    def _go_on(self) -> None:
        sleep = 0.0
        while not self._stopped.wait(sleep):
            try:
                sleep = self._seconds_until(self.look())
            except Exception:
                log.warning("the schedules could not be looked at; it is tried again", exc_info=True)
                sleep = LONGEST_SLEEP

    def _seconds_until(self, timetable: Timetable) -> float:
        now = self._jobs.clock()
        return min([LONGEST_SLEEP, *(max(0.0, (moment - now).total_seconds()) for moment in timetable.values())])


def _rows(jobs: "Jobs") -> Timetable:
    with jobs.database.reading() as session:
        rows = session.execute(select(_COLUMNS.handler, _COLUMNS.timing, _COLUMNS.next_at))
        return {(row.handler, row.timing): row.next_at for row in rows}


def _looked_at(jobs: "Jobs", schedule: "Schedule", next_at: datetime | None, now: datetime) -> datetime:
    """Do what is to be done about one schedule; a fault of it holds up none of the others."""
    try:
        return _settled(jobs, schedule, next_at, now)
    except Exception:
        log.exception("a schedule met a fault; it is tried again", extra={"job": schedule.handler.name})
        return now + timedelta(seconds=LONGEST_SLEEP)


def _settled(jobs: "Jobs", schedule: "Schedule", next_at: datetime | None, now: datetime) -> datetime:
    """Do what is to be done about one schedule, and return when it is due next."""
    if next_at is not None and next_at > now:
        return next_at
    following = schedule.timing.after(now)
    with jobs.database.transaction() as session:
        if next_at is None:
            handler, timing = schedule.id
            values = {"handler": handler, "timing": timing, "next_at": following}
            win_insert(session, SCHEDULES, values=values, returning=(_COLUMNS.handler,))
        elif not _is_wanted(schedule, now):
            if _move(session, schedule, next_at, {"next_at": following}):
                log.info("a missed moment is left out", extra={"job": schedule.handler.name, "due_at": str(next_at)})
        elif _move(session, schedule, next_at, {"next_at": following, "last_at": now}):
            jobs.enqueue(schedule.handler.function, key=schedule.key)
    return following


def _move(session: "Session", schedule: "Schedule", next_at: datetime, values: Mapping[str, datetime]) -> bool:
    mine = _row(schedule.id) & (_COLUMNS.next_at == next_at)
    moved = session.execute(update(SCHEDULES).where(mine).values(values))
    return moved.rowcount == 1  # type: ignore[attr-defined,no-any-return]


def _is_wanted(schedule: "Schedule", now: datetime) -> bool:
    """Whether a moment that has come is not too late; of several, the last one counts."""
    return schedule.missed == "once" or schedule.timing.after(now - GRACE) <= now


def _row(which: Id) -> ColumnElement[bool]:
    handler, timing = which
    return (_COLUMNS.handler == handler) & (_COLUMNS.timing == timing)
