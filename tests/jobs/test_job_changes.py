"""What happens to a job is said once: to the log, to counters, and to whoever connects."""

import logging
import threading
from datetime import timedelta

import pytest

from carboy import context
from carboy.jobs import Fail, Scheduler, Snooze, State, every, job, job_changed

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def heard(jobs):
    """Every change of this test's jobs, in order."""
    changes = []

    def hear(_jobs, change):
        changes.append(change)

    job_changed.connect(hear)
    yield changes
    job_changed.disconnect(hear)


@pytest.fixture(autouse=True)
def everything_in_the_log(caplog):
    caplog.set_level(logging.INFO, "carboy.jobs")


@job
def note(): ...


@job(attempts=2)
def fail():
    raise ValueError("no luck")


def steps(heard):
    return [(change.before, change.now) for change in heard]


def test_every_step_of_a_job_is_said_once_and_in_order(ask, run_next, heard):
    asked = ask(note)
    run_next()

    assert steps(heard) == [(None, "queued"), ("queued", "running"), ("running", "done")]
    assert {change.job_id for change in heard} == {asked}
    assert heard[-1].seconds is not None


def test_who_listens_to_one_applications_jobs_hears_of_those_that_a_worker_runs(ask, jobs, make_worker, until):
    steps = []

    def hear(_jobs, change):
        steps.append(change.now)

    with job_changed.connected_to(hear, sender=jobs):
        make_worker()
        ask(note)
        until(lambda: len(steps) == 3)

    assert steps == ["queued", "running", "done"]


def test_who_listens_to_one_applications_jobs_hears_of_those_that_are_scheduled(jobs, shared_database, until):
    heard = threading.Event()

    def hear(_jobs, change):
        heard.set()

    jobs.register(every(timedelta(seconds=1))(job(name="tock")(lambda: None)))
    scheduler = Scheduler(jobs)
    with job_changed.connected_to(hear, sender=jobs):
        scheduler.start()
        assert heard.wait(10)
    scheduler.stop()


def test_a_step_is_said_after_the_commit(jobs, rows, heard):
    jobs.register(note)
    seen = []

    def look(_jobs, change):
        seen.append((change.now, len(rows())))

    with job_changed.connected_to(look), jobs.database.transaction():
        jobs.enqueue(note)
        assert seen == []

    assert seen == [(State.QUEUED, 1)]


def test_nothing_is_said_of_what_is_undone(jobs, heard, caplog):
    jobs.register(note)

    with pytest.raises(ZeroDivisionError), jobs.database.transaction():
        jobs.cancel(jobs.enqueue(note))
        raise ZeroDivisionError

    assert heard == []
    assert caplog.records == []


def test_nothing_is_said_of_a_job_that_is_there_already(ask, heard):
    ask(note, key="only")
    ask(note, key="only")

    assert steps(heard) == [(None, "queued")]


def test_each_step_has_one_line_in_the_log_with_the_request_that_asked(ask, run_next, caplog):
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append((record.getMessage(), context.request_id(), context.asker()))
    logging.getLogger("carboy.jobs").addHandler(handler)

    with context.working_for("request-7", "user:7"):
        ask(note)
    run_next()

    logging.getLogger("carboy.jobs").removeHandler(handler)
    assert lines == [(line, "request-7", "user:7") for line in ("job accepted", "job started", "job done")]


def test_a_change_names_who_asked_and_the_request_from_the_first_step_on(ask, run_next, heard):
    with context.working_for("request-7", "user:7"):
        ask(note)
    run_next()

    assert {(change.asked_by, change.request_id) for change in heard} == {("user:7", "request-7")}


def test_a_job_taken_back_from_the_dead_is_said_to_be(ask, workplace, end_lease, heard):
    with context.working_for("request-7", "user:7"):
        asked = ask(note)
    workplace.claim(["default"])
    end_lease(asked)

    workplace.sweep()

    last = heard[-1]
    assert (last.before, last.now, last.why) == (State.RUNNING, State.QUEUED, "its worker is gone")
    assert (last.asked_by, last.request_id, last.attempt) == ("user:7", "request-7", 1)


def test_a_failure_says_why_at_the_level_it_deserves(ask, run_next, let_rest, caplog):
    ask(fail)
    for _ in range(2):
        run_next()
        let_rest()

    said = [(one.levelname, one.message, getattr(one, "why", "")) for one in caplog.records if hasattr(one, "why")]
    assert said == [
        ("WARNING", "job put back", "ValueError: no luck"), ("ERROR", "job failed", "ValueError: no luck"),
    ]  # fmt: skip


def test_a_handler_that_gives_up_says_why(ask, run_next, heard):
    @job
    def give_up():
        return Fail("no such list")

    ask(give_up)
    run_next()

    assert heard[-1].why == "no such list"


def test_taking_back_and_asking_again_are_said(ask, jobs, heard):
    asked = ask(note)

    with jobs.database.transaction():
        jobs.cancel(asked)
    with jobs.database.transaction():
        jobs.retry(asked)

    assert steps(heard)[1:] == [("queued", "cancelled"), ("cancelled", "queued")]


def test_steps_are_counted_by_handler_and_way(ask, run_next, jobs):
    @job(name="rest")
    def rest():
        return Snooze(60)

    for _ in range(3):
        ask(rest)
        run_next()

    assert jobs.counters.steps["rest", "", "queued"] == 3
    assert jobs.counters.steps["rest", "queued", "running"] == 3
    assert jobs.counters.steps["rest", "running", "queued"] == 3
    assert jobs.counters.seconds["rest"] > 0


def test_a_listener_that_fails_changes_nothing(ask, run_next, caplog):
    def fall_over(_jobs, change):
        raise RuntimeError("the listener's own fault")

    with job_changed.connected_to(fall_over):
        ask(note)
        ended = run_next()

    assert ended.state == State.DONE
    assert "the listener's own fault" in caplog.text
