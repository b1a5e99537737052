"""Whoever runs jobs also tidies up: leases that are over, bells that nobody heard, rows that are old."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from carboy.context import utc_now
from carboy.jobs import Done, State, claiming, ending, job, sweeping
from carboy.jobs.ending import MOST_LOSSES
from carboy.jobs.table import JOBS


@job
def note(): ...


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(sweeping, "_BATCH", 2)


@pytest.fixture
def ring_at(database):
    def ring(moment):
        with database.transaction() as session:
            return [one.id for one in sweeping.ring_again(session, moment)]

    return ring


def test_leases_that_are_over_go_back_in_batches(ask, workplace, end_lease, rows, small_batches):
    for _ in range(5):
        end_lease((ask(note), workplace.claim(["default"]).id)[0])

    workplace.sweep()

    assert [(one.state, one.losses, one.leased_by) for one in rows()] == [(State.QUEUED, 1, None)] * 5


def test_a_job_whose_worker_was_lost_often_enough_has_failed(ask, workplace, end_lease, change_row, row):
    asked = ask(note, key="only")
    workplace.claim(["default"])
    change_row(asked, losses=MOST_LOSSES - 1)
    end_lease(asked)

    workplace.sweep()

    left = row(asked)
    assert (left.state, left.losses, left.held_key) == (State.FAILED, MOST_LOSSES, None)
    assert left.finished_at is not None
    assert f"lost {MOST_LOSSES} times" in left.error


def test_after_the_first_loss_a_job_goes_on_at_once_and_after_others_it_rests(ask, database, change_row, row):
    first, third, now = ask(note), ask(note), utc_now()
    change_row(first, state=State.RUNNING, leased_by="gone")
    change_row(third, state=State.RUNNING, leased_by="gone", losses=2)

    list(sweeping.take_back(database, now, lost_by=["gone"]))

    assert row(first).due_at == now
    assert timedelta(seconds=5) <= row(third).due_at - now <= timedelta(seconds=10)
    assert row(third).look_at == row(third).due_at


class Crowd:
    """A worker with four threads, at whose side another begins when it is killed; time passes by being said."""

    def __init__(self, database, poison, *, seconds):
        self.now = utc_now()
        self._database, self._poison, self._takes = database, poison, timedelta(seconds=seconds)
        self._at_work = {}  # claims, and when they are done

    def work(self):
        """Do whatever is due until the poison is claimed, and then be killed."""
        self._claim()
        if self._poison in {claimed.id for claimed in self._at_work}:
            self._at_work.clear()
            list(sweeping.take_back(self._database, self.now, lost_by=["the worker"]))
        else:
            self._pass_time()

    def _claim(self):
        while len(self._at_work) < 4:
            with self._database.transaction() as session:
                claimed = claiming.claim(session, "the worker", ["default"], self.now)
            if claimed is None:
                return
            self._at_work[claimed] = self.now + self._takes

    def _pass_time(self):
        with self._database.reading() as session:
            due_at = session.scalars(select(JOBS.c.due_at).where(JOBS.c.state == State.QUEUED)).all()
        self.now = min(moment for moment in (*due_at, *self._at_work.values()) if moment > self.now)
        for claimed in [one for one, done_at in self._at_work.items() if done_at <= self.now]:
            del self._at_work[claimed]
            with self._database.transaction() as session:
                ending.record(session, claimed, Done(), self.now)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seconds", [3, 600])
def test_a_job_that_kills_its_worker_each_time_fails_alone(ask, database, rows, seconds):
    poison, *_ = [ask(note) for _ in range(4)]
    crowd = Crowd(database, poison, seconds=seconds)

    while any(one.finished_at is None for one in rows()):
        crowd.work()

    assert [one.state for one in rows()] == [State.FAILED, State.DONE, State.DONE, State.DONE]


def test_a_lost_lease_of_a_job_that_was_taken_back_ends_it(ask, workplace, jobs, end_lease, row):
    asked = ask(note, key="only")
    workplace.claim(["default"])
    with jobs.database.transaction():
        jobs.cancel(asked)
    end_lease(asked)

    workplace.sweep()

    assert (row(asked).state, row(asked).held_key) == (State.CANCELLED, None)
    assert row(asked).finished_at is not None


def test_the_bell_is_rung_again_for_what_nobody_took_and_each_time_later(ask, ring_at):
    asked, now = ask(note), utc_now()

    rung = [minute for minute in range(20) if ring_at(now + timedelta(minutes=minute, seconds=1)) == [asked]]

    assert rung == [1, 3, 7, 15]


def test_at_one_moment_one_of_many_sweepers_rings(ask, ring_at, at_once):
    ask(note)
    later = utc_now() + timedelta(minutes=2)

    rung = [future.result() for future in at_once(lambda: ring_at(later), threads=4)]

    assert sum(map(len, rung)) == 1


def test_no_bell_is_rung_for_what_rests_or_has_ended(ask, ring_at, run_next):
    ask(note)
    run_next()
    ask(note, delay=3600)

    assert ring_at(utc_now() + timedelta(minutes=5)) == []


def test_what_ended_long_ago_is_forgotten_in_batches_and_nothing_else(
    ask, run_next, jobs, change_row, rows, small_batches
):
    old = [ask(note) for _ in range(5)]
    young, waiting = ask(note), ask(note, delay=60)
    for _ in range(6):
        run_next()
    for asked in old:
        change_row(asked, look_at=utc_now() - timedelta(days=2))
    change_row(waiting, look_at=utc_now() - timedelta(days=2))

    assert jobs.prune(timedelta(days=1)) == 5

    assert [one.id for one in rows()] == [young, waiting]


def test_many_that_forget_at_once_count_each_job_once(ask, run_next, jobs, at_once, rows, small_batches):
    for _ in range(8):
        ask(note)
        run_next()

    forgotten = [future.result() for future in at_once(lambda: jobs.prune(timedelta(0)), threads=4)]

    assert sum(forgotten) + len(rows()) == 8
