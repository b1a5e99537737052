"""Hosts whose clocks differ go by the database's. SQLite is left out: it has no other host."""

import threading
import time
from concurrent.futures import wait
from datetime import timedelta

import pytest
import time_machine

from carboy.context import utc_now
from carboy.data.scope import Kind
from carboy.jobs import Jobs, job
from carboy.jobs.clock import DatabaseClock

pytestmark = pytest.mark.parametrize("kind", ["postgresql", "mariadb"], indirect=True)

HALF_A_MINUTE = timedelta(seconds=30)
A_MOMENT = timedelta(seconds=2)
A_LITTLE = timedelta(milliseconds=100)


@job(name="test.clocks.nothing")
def do_nothing():
    pass


@pytest.fixture
def far_jobs(database):
    """The jobs of a host whose clock is wrong."""
    jobs = Jobs(database, clock=DatabaseClock(database))
    jobs.register(do_nothing)
    return jobs


@pytest.mark.parametrize("off", [HALF_A_MINUTE, -HALF_A_MINUTE], ids=["ahead", "behind"])
def test_a_job_is_due_when_the_database_says_so_and_not_the_host_that_asked(far_jobs, row, off):
    with time_machine.travel(utc_now() + off, tick=True), far_jobs.database.transaction():
        job_id = far_jobs.enqueue(do_nothing)

    assert abs(row(job_id).due_at - utc_now()) < A_MOMENT


def test_how_far_a_clock_is_off_is_measured_once_and_not_for_each_job(far_jobs, monkeypatch):
    measured = []
    measure = DatabaseClock.set
    monkeypatch.setattr(DatabaseClock, "set", lambda clock: (measured.append(clock), measure(clock)))

    with far_jobs.database.transaction():
        for _ in range(3):
            far_jobs.enqueue(do_nothing)

    assert len(measured) == 1


def test_a_bell_that_comes_before_the_job_is_due_by_another_clock_is_heard(database, make_workplace):
    ahead = Jobs(database, clock=lambda: utc_now() + A_LITTLE)
    ahead.register(do_nothing)
    with database.transaction():
        job_id = ahead.enqueue(do_nothing)

    claimed = make_workplace(ahead).claim_one(job_id)

    assert claimed is not None


def test_nobody_tells_the_time_before_the_first_measurement_is_there(database, beside, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    read = database.reading
    monkeypatch.setattr(database, "reading", lambda: (begun.set(), go_on.wait(10), read())[2])
    with time_machine.travel(utc_now() + HALF_A_MINUTE, tick=True):
        clock = DatabaseClock(database)
        first = beside(clock)
        begun.wait(10)
        second = beside(clock)
        wait([second], timeout=0.1)
        go_on.set()

        told = [first.result(10), second.result(10)]

    assert all(abs(moment - utc_now()) < A_MOMENT for moment in told)


def test_a_measurement_that_failed_is_made_again(database, monkeypatch):
    clock = DatabaseClock(database)
    with monkeypatch.context() as away, pytest.raises(RuntimeError):
        away.setattr(database, "reading", raise_that_it_is_away)
        clock()

    with time_machine.travel(utc_now() + HALF_A_MINUTE, tick=True):
        told = clock()

    assert abs(told - utc_now()) < A_MOMENT


def raise_that_it_is_away():
    raise RuntimeError


def test_the_way_to_a_database_that_is_far_does_not_count_as_time(database, monkeypatch):
    connect = database.engine(Kind.READ).pool._creator
    monkeypatch.setattr(database.engine(Kind.READ).pool, "_creator", lambda *_: (time.sleep(0.5), connect())[1])
    clock = DatabaseClock(database)

    off = clock() - utc_now()

    assert abs(off) < A_LITTLE
