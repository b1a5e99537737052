"""`flask scheduler` as people run it.

It runs what docs/how-to/celery.md and docs/how-to/schedules.md show.
"""

import signal
import sqlite3
from contextlib import closing

import pytest


@pytest.fixture
def long_ago(start, starter, migrated, read_until):
    """All that is scheduled was due long ago, and nobody looked."""
    scheduler = start("flask", "scheduler")
    read_until(scheduler, "Ctrl-C stops it")
    scheduler.send_signal(signal.SIGTERM)
    scheduler.communicate(timeout=10)
    with closing(sqlite3.connect(starter / "instance/development.sqlite")) as database, database:
        database.execute("UPDATE schedules SET next_at = '2020-01-01 00:00:00.000000'")


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
@pytest.mark.usefixtures("migrated")
def test_it_shows_what_is_scheduled_and_stops_when_told(start, number, read_until):
    scheduler = start("flask", "scheduler")

    told = "\n".join(read_until(scheduler, "Ctrl-C stops it"))
    scheduler.send_signal(number)
    last, _ = scheduler.communicate(timeout=10)

    assert "00:00:00 UTC  carboy.jobs.prune  (every 1 day)" in told
    assert "carboy.idempotency.purge  (every 1:00:00)" in told
    assert (scheduler.returncode, last.splitlines()[-1]) == (0, "Stopped.")


def test_it_refuses_a_database_that_is_not_migrated(start):
    scheduler = start("flask", "scheduler")

    told, _ = scheduler.communicate(timeout=30)

    assert scheduler.returncode == 1
    assert "flask db upgrade" in told


@pytest.mark.usefixtures("long_ago")
def test_a_worker_asks_for_what_is_scheduled_and_does_it(start, read_until):
    worker = start("flask", "worker")

    told = "\n".join(read_until(worker, "job done") + read_until(worker, "job done"))
    worker.send_signal(signal.SIGTERM)
    worker.communicate(timeout=30)
    assert "carboy.jobs.prune" in told
    assert "carboy.idempotency.purge" in told
    assert worker.returncode == 0


@pytest.mark.long
@pytest.mark.usefixtures("long_ago")
def test_a_worker_without_the_scheduler_asks_for_nothing(start, starter, read_until):
    worker = start("flask", "worker", "--no-scheduler")
    read_until(worker, "Ctrl-C stops it")

    worker.send_signal(signal.SIGTERM)
    worker.communicate(timeout=30)

    with closing(sqlite3.connect(starter / "instance/development.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM jobs").fetchone() == (0,)
