"""A job in a process of its own: it can be killed, and takes nobody with it."""

import os
import signal
from pathlib import Path

import jobs_sample
import pytest

from carboy.jobs import State, job_changed

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def factory():
    return "jobs_sample:make_app"


@pytest.fixture
def jobs(database_url, factory):
    made = jobs_sample.make_jobs(database_url, factory)
    yield made
    made.database.close()


@pytest.fixture
def change_heard():
    """Every change, in order."""
    changes = []

    def hear(_jobs, change):
        changes.append(change)

    with job_changed.connected_to(hear):
        yield changes


def is_alive(process):
    """Whether it still works; one that is dead and not yet buried does not."""
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False


def test_it_runs_in_another_process_and_what_it_wrote_is_kept(ask, run_next, effects):
    ask(jobs_sample.tell_process)

    assert run_next().state == State.DONE
    assert int(effects()[0]) != os.getpid()


@pytest.mark.long
def test_its_process_ends_without_a_word(ask, run_next, capfd):
    ask(jobs_sample.tell_process)
    run_next()

    assert capfd.readouterr() == ("", "")


@pytest.mark.long
def test_its_error_is_kept(ask, change_heard, run_next, caplog):
    ask(jobs_sample.fail_isolated)

    ended = run_next()
    assert (ended.state, ended.failures) == (State.FAILED, 1)
    assert "it cannot be" in ended.error
    assert "it cannot be" in caplog.records[-1].why
    assert "it cannot be" in str(change_heard[-1].error)


@pytest.mark.long
def test_its_progress_arrives_and_whoever_takes_it_back_ends_it(ask, run_next, row, until, beside, jobs):
    asked = ask(jobs_sample.report)
    running = beside(run_next)
    until(lambda: row(asked).note == "a quarter")

    with jobs.database.transaction():
        jobs.cancel(asked)

    ended = running.result(timeout=20)
    assert (ended.state, ended.failures) == (State.CANCELLED, 0)


@pytest.mark.long
def test_past_its_hard_limit_it_is_killed_and_has_failed(ask, run_next, effects):
    ask(jobs_sample.run_long)

    ended = run_next()
    assert (ended.state, ended.failures, ended.losses) == (State.QUEUED, 1, 0)
    assert "hard limit" in ended.error
    assert effects() == []


@pytest.mark.long
def test_a_child_that_dies_is_a_loss_and_no_failure(ask, run_next, effects):
    ask(jobs_sample.be_killed)

    ended = run_next()
    assert (ended.state, ended.failures, ended.losses) == (State.QUEUED, 0, 1)
    assert "SIGKILL" in ended.error
    assert effects() == []


@pytest.mark.long
def test_a_child_that_dies_is_missed_though_its_own_child_lives_on(ask, run_next):
    ask(jobs_sample.be_forsaken)

    assert run_next().losses == 1


def whoever_was_started(folder, until):
    return until(lambda: (folder / "started").exists() and (folder / "started").read_text())


@pytest.mark.parametrize("ending", ["killed", pytest.param("past its limit", marks=pytest.mark.long)])
def test_what_it_has_started_is_killed_with_it(ask, run_next, tmp_path, until, ending):
    ask(jobs_sample.start_something, str(tmp_path), ending)

    run_next()

    started = whoever_was_started(tmp_path, until)
    until(lambda: not is_alive(started))


@pytest.mark.long
def test_what_it_has_started_is_killed_with_its_worker(ask, worker_process, tmp_path, until):
    ask(jobs_sample.start_something, str(tmp_path))
    worker = worker_process()
    started = whoever_was_started(tmp_path, until)

    worker.send_signal(signal.SIGKILL)

    until(lambda: not is_alive(started))


@pytest.mark.long
@pytest.mark.parametrize(
    ("factory", "said"), [("jobs_sample:nowhere", "no attribute 'nowhere'"), ("no_such_shop:make", "no_such_shop")]
)
def test_a_child_that_cannot_begin_has_failed_and_says_why(ask, change_heard, run_next, said):
    ask(jobs_sample.tell_process)

    ended = run_next()

    assert (ended.state, ended.failures, ended.losses) == (State.QUEUED, 1, 0)
    assert "Traceback" in ended.error
    assert said in ended.error
    assert said in change_heard[-1].why


@pytest.mark.long
def test_a_child_that_ends_by_itself_and_says_nothing_is_not_accused_of_its_memory(ask, run_next):
    ask(jobs_sample.leave_silently)

    ended = run_next()
    assert ended.losses == 1
    assert "exit code 3" in ended.error
    assert "memory" not in ended.error


@pytest.mark.long
def test_what_it_starts_finds_the_environment_of_the_worker(ask, run_next, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/of/the/worker")
    ask(jobs_sample.tell_environment)

    assert run_next().result == '"/of/the/worker"'


@pytest.mark.long
def test_a_child_dies_with_its_worker(ask, worker_process, tmp_path, until):
    ask(jobs_sample.hang_isolated, str(tmp_path))
    worker = worker_process()
    child = until(lambda: (tmp_path / "process").exists() and (tmp_path / "process").read_text())

    worker.send_signal(signal.SIGKILL)

    until(lambda: not is_alive(child))


@pytest.mark.long
def test_a_worker_that_stops_hands_it_back_and_ends_it(ask, make_worker, tmp_path, until, row):
    asked = ask(jobs_sample.hang_isolated, str(tmp_path))
    worker = make_worker()
    child = until(lambda: (tmp_path / "process").exists() and (tmp_path / "process").read_text())

    worker.stop(patience=0)

    until(lambda: not is_alive(child))
    assert (row(asked).state, row(asked).losses) == (State.QUEUED, 0)
