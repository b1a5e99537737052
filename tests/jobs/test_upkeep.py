"""What the library wants done by the clock, without being asked."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from carboy.context import utc_now
from carboy.data import Base
from carboy.data.flask import data_of
from carboy.jobs.flask import jobs_of
from carboy.jobs.table import JOBS, SCHEDULES
from carboy.jobs.ticking import tick
from carboy.jobs.workplace import Workplace
from carboy.web.idempotency import IDEMPOTENCY_KEYS


@pytest.fixture
def app(make_app):
    app = make_app(jobs_kept_days=3)
    Base.metadata.create_all(data_of(app).database.engine())
    data_of(app).database.guard = None
    return app


@pytest.fixture
def run_scheduled(app):
    """Have everything that is scheduled be due and done."""

    def run():
        place = Workplace(jobs_of(app))
        tick(place.jobs)
        with data_of(app).database.transaction() as session:
            ours = SCHEDULES.c.handler.startswith("carboy.")
            session.execute(update(SCHEDULES).where(ours).values(next_at=utc_now()))
        tick(place.jobs)
        while claimed := place.claim(["default"]):
            place.run(claimed)

    return run


def test_jobs_that_ended_long_ago_are_forgotten(app, run_scheduled):
    database = data_of(app).database
    job = {
        "version": 1,
        "arguments": "{}",
        "queue": "default",
        "rank": 0,
        "attempts": 1,
        "asked_by": "",
        "state": "done",
    }
    with database.transaction() as session:
        for days in (1, 2, 4, 5):
            then = utc_now() - timedelta(days=days)
            session.execute(insert(JOBS).values(job | {"handler": f"{days} days", "due_at": then, "look_at": then}))

    run_scheduled()

    with database.reading() as session:
        kept = set(session.scalars(select(JOBS.c.handler)))
    assert kept == {"1 days", "2 days", "carboy.jobs.prune", "carboy.idempotency.purge"}


def test_schedules_that_no_release_has_any_more_are_forgotten(app, run_scheduled):
    database = data_of(app).database
    gone = {"handler": "gone", "timing": "every 1:00:00", "next_at": datetime(2020, 1, 1, tzinfo=UTC)}
    with database.transaction() as session:
        session.execute(insert(SCHEDULES).values(gone))

    run_scheduled()

    with database.reading() as session:
        assert set(session.scalars(select(SCHEDULES.c.handler))) == {"carboy.jobs.prune", "carboy.idempotency.purge"}


def test_idempotency_keys_that_nobody_will_repeat_are_forgotten(app, run_scheduled):
    database = data_of(app).database
    with database.transaction() as session:
        for hours in (1, 25, 30):
            then = utc_now() - timedelta(hours=hours)
            values = {"principal": "ada", "key": f"{hours}", "fingerprint": "x", "created_at": then}
            session.execute(insert(IDEMPOTENCY_KEYS), values)

    run_scheduled()

    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(IDEMPOTENCY_KEYS)) == 1
