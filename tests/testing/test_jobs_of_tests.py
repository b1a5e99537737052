"""The `jobs` fixture: what was asked for, and doing it in the test's own transaction."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from carboy.errors import SetupError
from carboy.jobs import Running, Snooze, job
from carboy.jobs.table import JOBS

done = []


@job
def greet(name: str, *, job: Running):
    job.progress(0.5)
    done.append(name)


@job
def greet_both(first: str, second: str, *, jobs):
    with jobs.database.transaction():
        jobs.enqueue(greet, first)
        jobs.enqueue(greet, second, priority=5)


@job(attempts=2)
def stumble():
    raise ValueError("over a stone")


@job
def never_ready():
    return Snooze(0)


@pytest.fixture
def jobs(jobs):
    done.clear()
    jobs.room.register(greet, greet_both, stumble, never_ready)
    return jobs


def states(db):
    with db.reading() as session:
        return session.scalars(select(JOBS.c.state).order_by(JOBS.c.id)).all()


def test_what_is_asked_for_waits_until_it_is_drained(jobs, db):
    with db.transaction():
        jobs.room.enqueue(greet, "ada")

    waiting = jobs.enqueued(greet)
    number = jobs.drain()

    assert [one.arguments for one in waiting] == [{"name": "ada"}]
    assert (number, done, states(db)) == (1, ["ada"], ["done"])


def test_draining_does_what_a_job_asks_for_in_turn_the_urgent_first(jobs, db):
    with db.transaction():
        jobs.room.enqueue(greet_both, "ada", second="grace")

    assert jobs.drain() == 3
    assert done == ["grace", "ada"]


def test_what_is_not_due_is_left_until_the_clock_says_so(jobs, db, clock):
    with db.transaction():
        jobs.room.enqueue(greet, "ada", delay=timedelta(hours=1))

    assert jobs.drain() == 0
    clock.shift(3600)
    assert jobs.drain() == 1


def test_what_a_handler_raises_is_raised_and_kept_with_the_job(jobs, db):
    with db.transaction():
        job_id = jobs.room.enqueue(stumble)

    with pytest.raises(ValueError, match="stone"):
        jobs.drain()

    with db.reading():
        assert "over a stone" in jobs.room.find(job_id).error


def test_a_test_about_failures_goes_on_until_the_last_attempt(jobs, db, clock):
    with db.transaction():
        jobs.room.enqueue(stumble)

    jobs.drain(raising=False)
    clock.shift(3600)
    jobs.drain(raising=False)

    assert states(db) == ["failed"]


@pytest.mark.long
def test_a_job_that_is_due_again_and_again_does_not_hang_the_test(jobs, db):
    with db.transaction():
        jobs.room.enqueue(never_ready)

    with pytest.raises(SetupError, match="again and again"):
        jobs.drain()
