"""`flask worker` as people run it: it stops when told, and what it cannot finish another one does.

It runs what docs/how-to/jobs.md and docs/how-to/mail.md show.
"""

import signal
import sqlite3
import subprocess
from contextlib import closing

import pytest

ASK = """
from starter import create_app
from carboy.data.flask import data_of
from carboy.jobs.flask import jobs_of
from starter.home.jobs import count_to_a_hundred
app = create_app()
with data_of(app).database.transaction():
    print(jobs_of(app).enqueue(count_to_a_hundred, {pause}))
"""


@pytest.fixture
def run(start):
    """Start a worker."""
    return lambda *options, **variables: start("flask", "worker", *options, **variables)


@pytest.fixture
def ask(starter, environment, migrated):
    """Ask for a count that pauses this many seconds at each step."""

    def enqueue(pause):
        command = ["python", "-c", ASK.format(pause=pause)]
        subprocess.run(command, cwd=starter, env=environment, check=True, capture_output=True)

    return enqueue


def states(starter):
    with closing(sqlite3.connect(starter / "instance/development.sqlite")) as database:
        return [row[0] for row in database.execute("SELECT state FROM jobs WHERE handler LIKE 'starter.%'")]


def test_it_finishes_what_is_under_way_when_told_to_stop(ask, run, starter, read_until):
    ask(pause=0.05)
    worker = run()
    read_until(worker, "job started")

    worker.send_signal(signal.SIGTERM)
    told, _ = worker.communicate(timeout=30)

    assert worker.returncode == 0
    assert "job done" in told
    assert states(starter) == ["done"]


def test_what_it_cannot_finish_in_time_is_handed_back_and_started_by_the_next(ask, run, starter, read_until):
    ask(pause=600)
    worker = run(JOBS_GRACE_SECONDS="0.2")
    read_until(worker, "job started")

    worker.send_signal(signal.SIGTERM)
    told, _ = worker.communicate(timeout=30)

    assert "handed back" in told
    assert states(starter) == ["queued"]
    read_until(run(), "job started")


def test_it_takes_jobs_of_its_queues_alone(ask, run, starter, read_until):
    ask(pause=0)

    worker = run("--queues", "mail, exports")

    assert "runs jobs of mail, exports" in read_until(worker, "Ctrl-C stops it")[-1]
    worker.send_signal(signal.SIGINT)
    worker.communicate(timeout=30)
    assert states(starter) == ["queued"]


@pytest.mark.usefixtures("migrated")
def test_more_threads_than_connections_are_refused_with_what_to_set(run):
    worker = run("--threads", "40")

    told, _ = worker.communicate(timeout=30)

    assert worker.returncode == 1
    assert "Set DATABASE_POOL_SIZE=40." in told
