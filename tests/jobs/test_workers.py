"""Threads that do what was asked for, from the moment they are started until nothing of them is left."""

import logging
import threading

import pytest

from carboy.jobs import Jobs, State, job, workplace
from carboy.jobs.worker import Worker

pytestmark = pytest.mark.long

# What is no matter of the database is looked at on one.
on_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@job
def note(what: str = "", *, db):
    from jobs_sample import leave

    leave(db, what)


@job(queue="urgent")
def hurry(*, db):
    from jobs_sample import leave

    leave(db, "urgent")


class Gate:
    """Handlers that say that they have begun, and go on when they may."""

    def __init__(self):
        self.begun, self.opened = threading.Semaphore(0), threading.Event()

    def pass_through(self):
        self.begun.release()
        assert self.opened.wait(30)


@pytest.fixture
def gate(jobs):
    made = Gate()
    jobs.provide(gate=made)
    yield made
    made.opened.set()


@job
def wait_at(*, db, gate):
    from jobs_sample import leave

    gate.pass_through()
    leave(db, "passed")


def all_done(rows):
    return lambda: all(one.state == State.DONE for one in rows())


def ours():
    return {one for one in threading.enumerate() if one.name.startswith("carboy-jobs") or " of jobs" in one.name}


@on_sqlite
def test_what_waits_already_is_done_when_a_worker_starts(ask, make_worker, until, rows):
    for number in range(5):
        ask(note, str(number))

    make_worker()

    until(all_done(rows))


def test_what_another_process_asks_for_is_done_within_a_second(make_worker, shared_database, jobs, row, until):
    jobs.register(note)
    make_worker()
    elsewhere = Jobs(shared_database)
    elsewhere.register(note)

    def seconds():
        with shared_database.transaction():
            asked = elsewhere.enqueue(note)
        done = until(lambda: (found := row(asked)).state == State.DONE and found)
        return (done.finished_at - done.created_at).total_seconds()

    # A machine that pauses does so for one of them, not for all.
    assert any(seconds() < 2 for _ in range(5))


@on_sqlite
def test_a_job_becomes_due_without_anybody_ringing(make_worker, ask, until, rows):
    make_worker()

    ask(note, delay=0.2)

    until(all_done(rows))


def test_a_burst_from_elsewhere_wakes_all_threads(make_worker, jobs, shared_database, gate, kind, monkeypatch):
    if kind != "mariadb":  # which tells nobody, and is looked at every second
        monkeypatch.setattr("carboy.jobs.worker.LOOK_SECONDS", 60)
    jobs.register(wait_at)
    make_worker(threads=4)
    elsewhere = Jobs(shared_database, seams={"gate": gate})
    elsewhere.register(wait_at)

    with shared_database.transaction():
        for _ in range(4):
            elsewhere.enqueue(wait_at)

    assert all(gate.begun.acquire(timeout=10) for _ in range(4))


@on_sqlite
def test_a_queue_that_is_named_first_is_served_before_the_backlog_of_the_next(make_worker, ask, gate, until, rows):
    ask(wait_at)
    for number in range(3):
        ask(note, str(number))
    make_worker(threads=1, queues=["urgent", "default"])
    gate.begun.acquire(timeout=10)
    urgent = ask(hurry)

    gate.opened.set()

    until(all_done(rows))
    assert [one.id for one in sorted(rows(), key=lambda one: one.started_at)].index(urgent) == 1


@on_sqlite
def test_a_worker_serves_only_the_queues_it_was_given(make_worker, ask, until, row):
    other, mine = ask(note), ask(hurry)

    make_worker(queues=["urgent"])

    until(lambda: row(mine).state == State.DONE)
    assert row(other).state == State.QUEUED


@on_sqlite
def test_a_worker_without_queues_finds_those_of_other_releases(make_worker, ask, jobs, until, row, monkeypatch):
    monkeypatch.setattr("carboy.jobs.worker.SWEEP_SECONDS", 0.05)

    @job(queue="of old")
    def old_name(): ...

    @job(name="new name", formerly=[old_name.carboy_job.name])
    def renamed(): ...

    asked = ask(old_name)
    jobs.handlers.clear()
    jobs.register(renamed)

    make_worker()

    until(lambda: row(asked).state == State.DONE)


@on_sqlite
def test_a_stopping_worker_finishes_what_runs_and_begins_nothing(jobs, ask, gate, row, effects, beside):
    running, waiting = ask(wait_at), ask(wait_at)
    worker = Worker(jobs, threads=1)
    worker.start()
    gate.begun.acquire(timeout=10)

    stopped = beside(worker.stop, patience=20)
    threading.Timer(0.2, gate.opened.set).start()

    assert stopped.result(timeout=20)
    assert (row(running).state, row(waiting).state) == (State.DONE, State.QUEUED)
    assert effects() == ["passed"]


def test_what_runs_longer_than_patience_is_handed_back_and_undone(jobs, ask, gate, row, effects):
    running = ask(wait_at)
    before = ours()
    worker = Worker(jobs, threads=1)
    worker.start()
    gate.begun.acquire(timeout=10)
    threads = ours() - before

    finished = worker.stop(patience=0)

    left = row(running)
    assert not finished
    assert (left.state, left.failures, left.losses, left.leased_by) == (State.QUEUED, 0, 0, None)
    gate.opened.set()
    for thread in threads:
        thread.join(20)
    assert effects() == []
    assert row(running).state == State.QUEUED


def test_nothing_of_a_worker_is_left_when_it_has_stopped(jobs, ask, until, rows):
    before = ours()
    ask(note)
    worker = Worker(jobs, threads=3)
    worker.start()
    until(all_done(rows))

    assert worker.stop(patience=10)

    assert ours() == before
    assert jobs.engine._listeners == []


@on_sqlite
def test_a_fault_of_the_database_ends_no_thread(jobs, ask, until, rows, make_worker, monkeypatch, caplog):
    monkeypatch.setattr("carboy.jobs.worker._AFTER_A_FAULT_SECONDS", 0.01)
    real, faults = workplace.Workplace.due, iter([1, 2, 3])

    def away(self, queues):
        if next(faults, None):
            raise ConnectionError("the database is away")
        return real(self, queues)

    monkeypatch.setattr(workplace.Workplace, "due", away)
    ask(note)

    make_worker(threads=1)

    until(all_done(rows))
    assert "met a fault" in caplog.text


@on_sqlite
def test_a_job_that_runs_keeps_its_lease(make_worker, ask, gate, row, until, monkeypatch):
    monkeypatch.setattr("carboy.jobs.heart.RENEW_SECONDS", 0)
    monkeypatch.setattr("carboy.jobs.heart.BEAT_SECONDS", 0.05)
    asked = ask(wait_at)
    make_worker()
    gate.begun.acquire(timeout=10)
    first = row(asked).look_at

    assert until(lambda: row(asked).look_at > first)


@on_sqlite
def test_a_handler_whose_lease_went_to_another_is_told(make_worker, ask, jobs, row, until, change_row, monkeypatch):
    monkeypatch.setattr("carboy.jobs.heart.RENEW_SECONDS", 0)
    monkeypatch.setattr("carboy.jobs.heart.BEAT_SECONDS", 0.05)
    begun, told = threading.Event(), threading.Event()

    @job
    def go_on(*, job):
        if job.attempt == 1:
            begun.set()
            until(lambda: not job.is_wanted())
            told.set()
            job.check()

    asked = ask(go_on)
    make_worker(threads=1)
    begun.wait(10)

    change_row(asked, attempt=5, state=State.QUEUED)

    assert told.wait(10)
    until(lambda: row(asked).state == State.DONE)
    assert row(asked).attempt == 6


@pytest.fixture(autouse=True)
def everything_in_the_log(caplog):
    caplog.set_level(logging.INFO, "carboy.jobs")


@on_sqlite
def test_a_queue_that_no_handler_uses_is_named_when_a_worker_begins(jobs, make_worker, caplog):
    make_worker(queues=["default", "exprots"])

    assert "exprots; is it misspelt?" in caplog.text
