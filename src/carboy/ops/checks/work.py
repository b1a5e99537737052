"""Questions about jobs: whether somebody runs them, and looks at the clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from carboy.jobs import listing
from carboy.jobs.flask import jobs_of
from carboy.ops.checks.asking import WITHOUT_DATABASE, question

if TYPE_CHECKING:
    from flask import Flask

LONG = timedelta(minutes=2)


@question(
    "jobs.no-worker",
    room="carboy.jobs",
    remedy="Start `flask worker`, or Celery's workers if JOBS_ENGINE is celery.",
    after=WITHOUT_DATABASE,
)
def _somebody_runs_jobs(app: "Flask") -> Iterator[str]:
    """Somebody runs jobs, if some are due."""
    rows, now = _stand(app)
    mine = [row for row in rows if row.handler in jobs_of(app).handlers]
    if any(row.running > row.lost for row in mine):
        return
    if late := [row for row in mine if row.lost or (row.since and row.since < now - LONG)]:
        number = sum(row.due + row.lost for row in late)
        yield f"{'One job waits' if number == 1 else f'{number} jobs wait'}, and nobody has begun any for two minutes."


@question(
    "jobs.unknown",
    room="carboy.jobs",
    remedy="Run a release that knows them, or take them back: `flask jobs list`, `flask jobs cancel ID`.",
    after=WITHOUT_DATABASE,
)
def _jobs_are_known(app: "Flask") -> Iterator[str]:
    """Every job that waits is known to this release."""
    rows, _now = _stand(app)
    if strange := sorted({row.handler for row in rows if row.waiting} - set(jobs_of(app).handlers)):
        yield f"Jobs wait whose handler nobody here knows: {', '.join(strange)}."


@question(
    "jobs.no-scheduler",
    room="carboy.jobs",
    remedy="Start `flask worker`, or `flask scheduler` beside Celery's workers.",
    after=WITHOUT_DATABASE,
)
def _somebody_looks_at_the_clock(app: "Flask") -> Iterator[str]:
    """Somebody asks for what is scheduled. Where nobody ever has, it is taken for new."""
    room = jobs_of(app)
    with room.database.reading() as session:
        rows = listing.schedules(session)
    long_ago = room.clock() - LONG
    late = {row.handler for row in rows if (row.handler, row.timing) in room.schedules and row.next_at < long_ago}
    if late:
        yield f"Nobody has asked for {', '.join(sorted(late))} in time."


def _stand(app: "Flask") -> tuple[listing.Rows, datetime]:
    room = jobs_of(app)
    now = room.clock()
    with room.database.reading() as session:
        return listing.stand(session, now), now
