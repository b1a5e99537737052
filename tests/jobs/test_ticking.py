"""Each tick of a schedule happens once, whoever looks and however many."""

import logging
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from carboy.context import utc_now
from carboy.data import Database
from carboy.jobs import Jobs, Scheduler, State, cron, daily, every, job
from carboy.jobs.schedules import Schedule
from carboy.jobs.table import JOBS, SCHEDULES
from carboy.jobs.ticking import GRACE, LONGEST_SLEEP, forget, tick

NOON = datetime(2025, 11, 4, 12, tzinfo=UTC)
SAMPLE = Path(__file__).parent / "sample" / "ticking_sample.py"


class Clock:
    """Stands until it is moved."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now

    def move(self, **span):
        self.now += timedelta(**span)


@pytest.fixture
def time():
    return Clock()


@pytest.fixture
def jobs(database, time):
    return Jobs(database, clock=time)


@pytest.fixture
def schedule(jobs):
    """Have a job scheduled, and its row be made."""

    def make(declare, name="report"):
        handler = declare(job(name=name)(lambda: None))
        jobs.register(handler)
        tick(jobs)
        return handler

    return make


@pytest.fixture
def asked(rows):
    """How many jobs were asked for."""
    return lambda: len(rows())


@pytest.fixture
def end_all(shared_database):
    """Have every job be done."""

    def write():
        with shared_database.transaction() as session:
            session.execute(update(JOBS).values(state=State.DONE, held_key=None))

    return write


@pytest.fixture
def timetable(shared_database):
    """The rows of the schedules as another connection sees them."""

    def read():
        with shared_database.reading() as session:
            return {(row.handler, row.timing): row for row in session.execute(select(SCHEDULES))}

    return read


def test_a_schedule_that_is_seen_for_the_first_time_waits_for_its_next_moment(jobs, schedule, asked, timetable):
    schedule(every(3600))

    (row,) = timetable().values()
    assert (row.next_at, row.last_at) == (NOON + timedelta(hours=1), None)
    assert asked() == 0


def test_a_tick_asks_for_the_job_and_moves_the_row(jobs, schedule, rows, timetable, time):
    schedule(every(3600))
    time.move(hours=1, seconds=2)

    told = tick(jobs)

    (asked_for,), (row,) = rows(), timetable().values()
    assert (asked_for.handler, asked_for.state, asked_for.asked_by) == ("report", State.QUEUED, "")
    assert (row.next_at, row.last_at) == (NOON + timedelta(hours=2), time.now)
    assert told == {("report", "every 1:00:00"): row.next_at}


def test_between_ticks_nothing_is_asked_for(jobs, schedule, asked, time):
    schedule(every(3600))
    time.move(minutes=59, seconds=59)

    tick(jobs)

    assert asked() == 0


@pytest.fixture
def without_keys(monkeypatch):
    """Have a second job for the same tick be seen; its key would hide it."""
    monkeypatch.setattr(Schedule, "key", property(lambda _: str(uuid4())))


def test_a_schedule_that_cannot_be_asked_for_stops_none_behind_it(jobs, schedule, rows, time, caplog):
    schedule(every(timedelta(minutes=5)), "first")
    schedule(every(timedelta(minutes=5)), "second")
    del jobs.handlers["first"]
    time.move(minutes=5)

    told = tick(jobs)

    assert [one.handler for one in rows()] == ["second"]
    assert told["first", "every 0:05:00"] == time() + timedelta(seconds=LONGEST_SLEEP)
    assert "first" in {getattr(one, "job", "") for one in caplog.records}


@pytest.mark.usefixtures("without_keys")
@pytest.mark.parametrize("moment", range(5))
def test_of_many_that_look_at_the_same_moment_one_asks(jobs, schedule, asked, at_once, time, make_database, moment):
    schedule(every(60 + moment))
    time.move(minutes=5)
    tickers = iter([replace(jobs, database=make_database(patience=20)) for _ in range(8)])

    looked = at_once(lambda: tick(next(tickers)), threads=8)

    assert [one.exception() for one in looked] == [None] * 8
    assert asked() == 1


def test_of_many_that_see_a_schedule_for_the_first_time_each_is_content(jobs, asked, timetable, at_once):
    jobs.register(every(60)(job(name="report")(lambda: None)))

    looked = at_once(lambda: tick(jobs), threads=5)

    assert [one.exception() for one in looked] == [None] * 5
    assert (len(timetable()), asked()) == (1, 0)


@pytest.mark.long
def test_of_several_processes_that_look_at_the_same_moment_one_asks(
    jobs, schedule, rows, timetable, database_url, time
):
    schedule(every(60), name="sample.report")
    time.move(seconds=60)
    command = [sys.executable, str(SAMPLE), database_url, time.now.isoformat()]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(6)]
    for one in processes:
        assert one.stdout.readline() == "ready\n"

    for one in processes:
        one.stdin.write("now\n")
        one.stdin.flush()
    for one in processes:
        one.communicate(timeout=30)

    assert [one.returncode for one in processes] == [0] * 6
    assert [asked_for.handler for asked_for in rows()] == ["sample.report"]


def test_a_run_that_is_slow_is_not_piled_upon(jobs, schedule, asked, end_all, time):
    schedule(every(60))
    for _ in range(5):
        time.move(seconds=60)
        tick(jobs)
    piled = asked()
    end_all()

    time.move(seconds=60)
    tick(jobs)

    assert (piled, asked()) == (1, 2)


def test_however_many_moments_were_missed_it_runs_once(jobs, schedule, asked, end_all, timetable, time):
    schedule(daily(at="03:00"))
    time.move(days=10)
    tick(jobs)
    end_all()

    tick(jobs)

    (row,) = timetable().values()
    assert asked() == 1
    assert row.next_at == NOON + timedelta(days=10, hours=15)


def test_a_moment_that_was_missed_is_left_out_if_it_is_to_be(jobs, schedule, asked, timetable, time):
    schedule(daily(at="03:00", missed="skip"))
    time.move(days=10)

    tick(jobs)

    (row,) = timetable().values()
    assert (asked(), row.last_at) == (0, None)
    assert row.next_at == NOON + timedelta(days=10, hours=15)


@pytest.mark.parametrize(("late", "runs"), [(timedelta(0), 1), (GRACE, 0), (GRACE - timedelta(seconds=1), 1)])
def test_what_is_late_by_less_than_the_grace_was_not_missed(jobs, schedule, asked, time, late, runs):
    schedule(cron("0 13 * * *", missed="skip"))
    time.move(hours=1)
    time.now += late

    tick(jobs)

    assert asked() == runs


def test_of_several_missed_moments_the_last_says_if_it_is_too_late(jobs, schedule, asked, time):
    schedule(cron("0 13 * * *", missed="skip"))
    time.move(days=4, hours=1, seconds=30)

    tick(jobs)

    assert asked() == 1


def test_releases_with_different_timings_do_not_reset_each_other(jobs, rows, end_all, timetable, time):
    old, new = (replace(jobs, handlers={}, schedules={}) for _ in range(2))
    old.register(every(3600)(job(name="report")(lambda: None)))
    new.register(every(5400)(job(name="report")(lambda: None)))
    asked_at = []
    for _ in range(37):  # three hours, in steps of five minutes
        for release in (old, new):
            tick(release)
        asked_at += [(time.now - NOON).seconds // 60] * len([one for one in rows() if one.state == State.QUEUED])
        end_all()
        time.move(minutes=5)

    assert asked_at == [60, 90, 120, 180, 180]
    assert sorted(timing for _, timing in timetable()) == ["every 1:00:00", "every 1:30:00"]


def test_a_row_that_nobody_moves_is_forgotten_after_a_week(jobs, schedule, timetable, time):
    schedule(every(3600), name="gone")
    jobs.schedules.clear()
    schedule(every(3600), name="still there")
    time.move(days=7, minutes=59)
    early = forget(jobs)
    time.move(minutes=2)

    forgotten = forget(jobs)

    assert (early, forgotten) == (0, 1)
    assert [handler for handler, _ in timetable()] == ["still there"]


def test_a_tick_whose_job_cannot_be_accepted_is_not_used_up(jobs, schedule, asked, time):
    schedule(every(3600))
    time.move(hours=1)
    known = jobs.handlers.pop("report")
    tick(jobs)
    jobs.handlers["report"] = known

    tick(jobs)

    assert asked() == 1


# -- the thread


@pytest.fixture
def start_scheduler(jobs):
    started = []

    def start():
        started.append(Scheduler(replace(jobs, clock=utc_now)))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()


def make_due(database):
    with database.transaction() as session:
        session.execute(update(SCHEDULES).values(next_at=datetime.now(UTC) - timedelta(seconds=1)))


def test_several_schedulers_ask_for_what_is_due_once(
    schedule, asked, start_scheduler, shared_database, until, timetable
):
    schedule(every(3600))
    make_due(shared_database)

    for _ in range(3):
        start_scheduler()

    until(lambda: asked() == 1)
    (row,) = timetable().values()
    assert row.next_at > row.last_at


def test_a_scheduler_sleeps_until_the_next_moment(schedule, asked, start_scheduler, until):
    schedule(every(1))

    start_scheduler()

    until(lambda: asked() == 1, seconds=5)  # and so not LONGEST_SLEEP


def test_a_scheduler_that_sleeps_stops_at_once(jobs, start_scheduler, timetable, until):
    jobs.register(every(timedelta(days=1))(job(lambda: None)))
    scheduler = start_scheduler()
    until(timetable)

    scheduler.stop()

    assert not scheduler._thread.is_alive()


def test_a_scheduler_that_was_never_started_can_be_stopped(jobs):
    Scheduler(jobs).stop()


def test_a_scheduler_whose_database_is_away_says_so_and_tries_again(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("carboy.jobs.ticking.LONGEST_SLEEP", 0.01)
    database = Database(f"sqlite:///{tmp_path}/no/folder/test.sqlite")
    scheduler = Scheduler(Jobs(database))
    twice = threading.Event()
    handler = logging.Handler()
    seen = []
    handler.emit = lambda record: (seen.append(record), len(seen) == 2 and twice.set())
    logging.getLogger("carboy.jobs").addHandler(handler)

    scheduler.start()
    came_back = twice.wait(10)
    scheduler.stop()

    logging.getLogger("carboy.jobs").removeHandler(handler)
    database.close()
    assert came_back
    assert "it is tried again" in seen[0].getMessage()
