"""`celery worker` runs what was accepted: once, when it is due, and whatever happens to the messages or the workers.

It runs what docs/how-to/celery.md shows.
"""

import os
import signal
import socket
import threading
import time

import pytest
import redis

from carboy.data import Database
from carboy.jobs import Jobs
from carboy.jobs.engines.celery_worker import AtWork
from carboy.jobs.presence import Presence
from carboy.jobs.table import State

long = pytest.mark.long


@long
def test_what_is_accepted_runs_once_though_every_message_comes_six_times(
    ask, celery_worker, effects, jobs, rows, sample, until
):
    celery_worker()

    for number in range(6):
        ask(sample.note, f"note {number}")
    ask(sample.note_by_mail, "mail")
    ask(sample.note_again, "from inside")
    ask(sample.note, "when it is due", delay=1)
    for row in rows():
        for _ in range(5):
            jobs.engine.ring(row.id, row.queue)

    until(lambda: {row.state for row in rows()} == {State.DONE} and len(rows()) == 10)
    assert effects() == ["from inside", "mail", *(f"note {number}" for number in range(6)), "when it is due"]
    assert {row.attempt for row in rows()} == {1}


@long
def test_a_job_that_failed_is_rung_for_when_its_rest_is_over(ask, celery_worker, effects, row, sample, until):
    celery_worker()

    asked = ask(sample.raise_at_first, "at last")

    until(lambda: effects() == ["at last"])
    rested = (row(asked).started_at - row(asked).due_at).total_seconds()
    assert rested < 2.5


@long
def test_jobs_run_in_several_processes(ask, celery_worker, effects, sample, until):
    celery_worker(concurrency=2)

    for _ in range(60):
        ask(sample.note_process)

    until(lambda: len(effects()) == 60)
    assert len(set(effects())) == 2


@long
@pytest.mark.parametrize("pool", ["threads", "solo"])
def test_other_pools_run_jobs_as_well(ask, celery_worker, effects, pool, sample, until):
    worker = celery_worker("-P", pool)

    for number in range(6):
        ask(sample.note_slowly, str(number), 0.1)
    ask(sample.note, "when it is due", delay=1)

    until(lambda: len(effects()) == 7)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=15) == 0


@long
def test_nothing_is_lost_when_the_broker_forgets_everything(
    ask, broker_url, celery_worker, effects, ring_again_now, rows, sample, until
):
    asked = [ask(sample.note, str(number)) for number in range(200)]
    with redis.Redis.from_url(broker_url) as client:
        until(lambda: client.llen("sample:celery:default") == len(asked))
        client.flushall()
    celery_worker()
    nothing_came = effects() == []

    ring_again_now()

    until(lambda: len(effects()) == len(asked), seconds=60)
    assert nothing_came
    assert {row.state for row in rows()} == {State.DONE}


@long
def test_a_worker_and_who_asks_find_a_broker_again_that_was_restarted(
    ask, celery_worker, effects, make_jobs, sample, until, valkey
):
    jobs = make_jobs(valkey.url)
    worker = celery_worker(SAMPLE_BROKER=valkey.url)
    accept(jobs, sample.note, "before")
    until(lambda: "before" in effects())

    def restart(number):
        valkey.stop()
        accept(jobs, sample.note, f"{number} while it was away")
        until(lambda: worker.log.read_text().count("Connection to broker lost") == number)
        valkey.start()
        accept(jobs, sample.note, f"{number} when it was back")
        until(lambda: len(effects()) == 1 + 2 * number, seconds=40)

    restart(1)
    restart(2)


@long
def test_jobs_run_on_rabbitmq_as_well(celery_worker, effects, make_jobs, rabbitmq_server, sample, until):
    jobs = make_jobs(rabbitmq_server)
    accept(jobs, sample.note, "before there is a worker")
    celery_worker(SAMPLE_BROKER=rabbitmq_server)

    accept(jobs, sample.note_again, "from inside")
    accept(jobs, sample.note_by_mail, "mail")

    until(lambda: effects() == ["before there is a worker", "from inside", "mail"])


@long
def test_a_worker_that_starts_takes_back_at_once_what_a_killed_one_had(ask, celery_worker, effects, row, sample, until):
    worker = celery_worker()
    asked = ask(sample.note_slowly, "slow", 2.0)
    until(lambda: row(asked).state == State.RUNNING)

    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    celery_worker()

    until(lambda: row(asked).attempt == 2, seconds=5)
    until(lambda: effects() == ["slow"])
    assert row(asked).losses == 1


@long
def test_when_one_process_of_several_is_killed_its_job_is_taken_back_by_those_that_live(
    ask, celery_worker, effects, row, sample, until
):
    celery_worker()
    asked = ask(sample.note_slowly, "slow", 1.0)
    until(lambda: row(asked).state == State.RUNNING)

    os.kill(int(row(asked).leased_by.split("/")[1]), signal.SIGKILL)

    until(lambda: effects() == ["slow"], seconds=20)


@long
def test_a_process_of_the_pool_begins_at_once_though_the_database_does_not_answer(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        jobs = Jobs(Database(f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/nowhere"))
        dead = Presence(jobs.database.url.render_as_string())
        dead.begin()
        dead.end(nothing_left=False)
        one = AtWork(jobs)

        began = time.monotonic()
        one.take_part()
        took = time.monotonic() - began
        one.leave()

    assert took < 1  # Celery kills it after four seconds


@long
def test_a_worker_that_is_told_to_stop_finishes_what_it_has_begun(ask, celery_worker, effects, row, sample, until):
    worker = celery_worker()
    asked = ask(sample.note_slowly, "finished", 1.5)
    until(lambda: row(asked).state == State.RUNNING)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=15) == 0
    assert effects() == ["finished"]
    assert row(asked).attempt == 1


@long
def test_a_worker_may_serve_one_queue_only(ask, celery_worker, effects, row, sample, until):
    celery_worker("-Q", "mail")

    left = ask(sample.note, "left")
    ask(sample.note_by_mail, "taken")

    until(lambda: effects() == ["taken"])
    assert row(left).state == State.QUEUED


@long
def test_two_workers_ring_again_at_the_same_time_and_each_job_runs_once(
    ask, broker_url, celery_worker, effects, ring_again_now, rows, sample, until
):
    celery_worker(concurrency=1)
    celery_worker(concurrency=1)
    for number in range(50):
        ask(sample.note_slowly, str(number), 0.05)

    for _ in range(3):
        ring_again_now()
        threading.Event().wait(1.1)  # each worker looks once

    until(lambda: len(effects()) == 50, seconds=40)
    assert {row.attempt for row in rows()} == {1}


@long
def test_the_commands_that_look_at_workers_find_them(celery, celery_worker):
    celery_worker()

    asked = (["status"], ["inspect", "active"], ["inspect", "ping"], ["control", "enable_events"])
    said = [celery(*words).stdout for words in asked]

    assert all("worker-1@here" in answer for answer in said)


def accept(jobs, function, *given):
    with jobs.database.transaction():
        jobs.enqueue(function, *given)
