"""Whoever runs jobs also tidies up: leases that are over, bells that nobody heard, rows that are old."""

from datetime import timedelta

import pytest

from carboy.context import utc_now
from carboy.jobs import State, job, sweeping
from carboy.jobs.ending import MOST_LOSSES


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


def test_the_tenth_lease_that_is_lost_is_the_last(ask, workplace, end_lease, change_row, row):
    asked = ask(note, key="only")
    workplace.claim(["default"])
    change_row(asked, losses=MOST_LOSSES - 1)
    end_lease(asked)

    workplace.sweep()

    left = row(asked)
    assert (left.state, left.losses, left.key) == (State.FAILED, MOST_LOSSES, None)
    assert left.finished_at is not None
    assert "lost 10 times" in left.error


def test_a_lost_lease_of_a_job_that_was_taken_back_ends_it(ask, workplace, jobs, end_lease, row):
    asked = ask(note, key="only")
    workplace.claim(["default"])
    with jobs.database.transaction():
        jobs.cancel(asked)
    end_lease(asked)

    workplace.sweep()

    assert (row(asked).state, row(asked).key) == (State.CANCELLED, None)
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
