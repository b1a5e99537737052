"""What comes of a job: kept together with what its handler wrote, or not at all."""

import asyncio
import json
import threading
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carboy.context import utc_now
from carboy.data.faults import DatabaseBusy
from carboy.errors import Busy, Conflict
from carboy.jobs import Cancel, Done, Fail, Running, Snooze, State, backoff, heart, job, job_changed, job_progressed
from carboy.jobs.ending import MOST_LOSSES

# What is no matter of the database is looked at on one.
on_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def quick_heart(monkeypatch):
    monkeypatch.setattr(heart, "BEAT_SECONDS", 0.05)


def test_what_a_handler_writes_is_kept_together_with_done(ask, run_next, leave, effects):
    @job
    def write(*, db):
        leave(db, "one")
        leave(db, "two")

    asked = ask(write)

    assert (run_next().id, effects()) == (asked, ["one", "two"])


def test_what_a_handler_wrote_before_it_failed_is_undone(ask, run_next, leave, effects):
    @job
    def write(*, db):
        leave(db, "one")
        raise ValueError("and no further")

    ask(write)

    assert run_next().state == State.QUEUED
    assert effects() == []


def test_what_a_handler_wrote_is_undone_when_its_result_cannot_be_kept(ask, run_next, leave, effects):
    @job
    def write(*, db):
        leave(db, "one")
        return object()

    ask(write)

    assert "Unable to serialize" in run_next().error
    assert effects() == []


def test_of_a_handler_without_atomicity_each_transaction_is_kept_by_itself(ask, run_next, leave, effects):
    @job(atomic=False)
    def write(*, db):
        leave(db, "one")
        raise ValueError

    ask(write)

    assert run_next().state == State.QUEUED
    assert effects() == ["one"]


def test_a_handler_that_only_reads_holds_no_lock(ask, run_next, leave, shared_database, beside, effects):
    @job
    def look(*, db):
        with db.reading() as session:
            session.connection()
            beside(leave, shared_database, "by another").result(timeout=2)
        with db.reading():
            beside(leave, shared_database, "by another too").result(timeout=2)
        leave(db, "by the job")

    ask(look)

    assert run_next().state == State.DONE
    assert effects() == ["by another", "by another too", "by the job"]


def test_what_a_handler_has_written_it_sees(ask, run_next, leave):
    from jobs_sample import EFFECTS
    from sqlalchemy import func, select

    @job
    def count(*, db):
        leave(db, "one")
        with db.reading() as session:
            return session.scalar(select(func.count()).select_from(EFFECTS))

    ask(count)

    assert run_next().result == "1"


@on_sqlite
def test_jobs_that_a_handler_asked_for_before_it_failed_are_undone(ask, jobs, run_next, rows):
    @job
    def child(): ...

    @job
    def ask_and_fail(*, jobs, db):
        with db.transaction():
            jobs.enqueue(child)
        raise ValueError

    jobs.register(child)
    ask(ask_and_fail)
    run_next()

    assert [one.handler for one in rows() if one.handler.endswith("child")] == []


@on_sqlite
@pytest.mark.parametrize(
    ("answer", "state", "kept"),
    [
        (None, State.DONE, {"result": "null", "progress": 1.0}),
        ({"lines": 7}, State.DONE, {"result": '{"lines":7}'}),
        (Done("x"), State.DONE, {"result": '"x"', "error": None}),
        (Cancel("nobody is there"), State.CANCELLED, {"note": "nobody is there", "error": None}),
        (Cancel(), State.CANCELLED, {"note": None}),
        (Fail("no such list"), State.FAILED, {"error": "no such list"}),
        (Snooze(60), State.QUEUED, {"failures": 0, "error": None}),
        (Snooze(timedelta(minutes=1)), State.QUEUED, {"failures": 0}),
    ],
)
def test_a_handler_answers_what_came_of_it(ask, run_next, answer, state, kept):
    @job
    def reply():
        return answer

    ask(reply, key="only")

    ended = run_next()
    assert ended.state == state
    assert {name: getattr(ended, name) for name in kept} == kept
    assert (ended.held_key is None) is (ended.finished_at is not None) is (state != State.QUEUED)
    assert ended.leased_by is None


@on_sqlite
def test_what_was_written_is_kept_whatever_the_answer_is(ask, run_next, leave, effects):
    @job
    def write(reply: str, *, db):
        leave(db, reply)
        return {"cancel": Cancel(), "fail": Fail("x"), "snooze": Snooze(60)}[reply]

    for reply in ("cancel", "fail", "snooze"):
        ask(write, reply)
        run_next()

    assert effects() == ["cancel", "fail", "snooze"]


@on_sqlite
def test_a_job_that_snoozes_rests_that_long_and_uses_up_no_attempt(ask, run_next, let_rest):
    @job(attempts=1)
    def wait():
        return Snooze(3600)

    ask(wait)

    rested = run_next()
    assert timedelta(minutes=59) < rested.due_at - utc_now() < timedelta(minutes=61)
    assert run_next() is None
    let_rest()
    assert (run_next().state, run_next()) == (State.QUEUED, None)


def test_a_failure_is_tried_again_later_and_then_failed_with_its_error(ask, run_next, let_rest):
    @job(attempts=3)
    def fail():
        raise ValueError("no luck")

    ask(fail)
    states = []

    for _ in range(3):
        ended = run_next()
        states.append((ended.state, ended.failures))
        assert run_next() is None
        let_rest()

    assert states == [(State.QUEUED, 1), (State.QUEUED, 2), (State.FAILED, 3)]
    assert "ValueError: no luck" in ended.error
    assert "in fail" in ended.error


@given(st.integers(1, 10_000))
def test_the_wait_doubles_up_to_an_hour_and_is_shortened_by_half_at_most(failures):
    full = min(timedelta(seconds=5) * 2 ** min(failures - 1, 30), timedelta(hours=1))

    assert full / 2 <= backoff.wait_after(failures) <= full


@on_sqlite
def test_a_database_that_is_busy_is_a_loss_and_no_failure(ask, run_next):
    @job(attempts=1)
    def be_unlucky():
        raise DatabaseBusy("away")

    ask(be_unlucky)

    ended = run_next()
    assert (ended.state, ended.failures, ended.losses) == (State.QUEUED, 0, 1)


@on_sqlite
def test_what_a_handler_itself_calls_busy_is_a_failure(ask, run_next):
    @job(attempts=1)
    def ask_a_shop():
        raise Busy("the shop is closed")

    ask(ask_a_shop)

    ended = run_next()
    assert (ended.state, ended.failures, ended.losses) == (State.FAILED, 1, 0)


@on_sqlite
def test_a_job_that_was_lost_often_enough_has_failed(ask, run_next, change_row):
    @job(attempts=1)
    def be_unlucky():
        raise DatabaseBusy("away")

    change_row(ask(be_unlucky), losses=MOST_LOSSES - 1)

    ended = run_next()
    assert (ended.state, ended.failures, ended.losses) == (State.FAILED, 0, MOST_LOSSES)


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    "error",
    [
        SystemExit(1), asyncio.CancelledError(), GeneratorExit(), Unspeakable(), ValueError("\0"), ValueError("\udcff"),
        ValueError("long" * 1_000_000), RecursionError(), MemoryError(), StopIteration(),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_whatever_a_handler_raises_is_a_failure_that_is_kept(ask, run_next, error):
    @job(attempts=1)
    def fail():
        raise error

    ask(fail)

    ended = run_next()
    assert (ended.state, ended.failures) == (State.FAILED, 1)
    assert type(error).__name__ in ended.error or "long" in ended.error
    assert len(ended.error) <= 20_000


@on_sqlite
@pytest.mark.parametrize("answer", [lambda: 1, "\udcff"])
def test_a_result_that_cannot_be_kept_is_a_failure(ask, run_next, answer):
    @job(attempts=1)
    def reply():
        return answer

    ask(reply)

    assert run_next().state == State.FAILED


@on_sqlite
def test_a_result_is_json_that_every_reader_understands(ask, run_next):
    @job
    def reply():
        return {"mean": float("nan"), "day": date(2024, 2, 29)}

    ask(reply)

    assert json.loads(run_next().result, parse_constant=pytest.fail) == {"mean": None, "day": "2024-02-29"}


@pytest.mark.parametrize("text", ["\0\udcff", "😀" * 500])
@pytest.mark.parametrize("answer", [Cancel, Fail])
def test_any_text_can_be_a_reason(ask, run_next, text, answer):
    @job(attempts=1)
    def reply():
        return answer(text)

    ask(reply)

    ended = run_next()
    assert (ended.state, ended.failures) == (State.CANCELLED if answer is Cancel else State.FAILED, 0)


# -- progress, taking back, limits ---------------------------------------------------------------------------


def test_progress_is_seen_by_others_while_the_handler_runs(ask, run_next, row, until):
    seen = []

    @job
    def go_on(*, job):
        job.progress(0.5, "half")
        seen.append(until(lambda: row(job.id).note))
        seen.append(row(job.id).progress)

    ask(go_on)

    assert run_next().state == State.DONE
    assert seen == ["half", 0.5]


def test_progress_is_told_once_to_whoever_listens_and_their_faults_are_theirs(ask, run_next, row, until):
    told = []

    def hear(_jobs, progress):
        told.append((progress.job_id, progress.fraction, progress.note))
        raise RuntimeError("not the job's")

    @job
    def go_on(*, job):
        job.progress(0.5, "half")
        until(lambda: told)
        job.progress(0.5, "half")
        job.progress(0.75, "more")
        until(lambda: row(job.id).note == "more" and len(told) > 1)

    asked = ask(go_on)
    with job_progressed.connected_to(hear):
        assert run_next().state == State.DONE

    assert told == [(asked, 0.5, "half"), (asked, 0.75, "more")]


@on_sqlite
@pytest.mark.parametrize(("said", "kept"), [(-1, 0.0), (7, 1.0), (float("nan"), 0.0), (float("inf"), 1.0)])
def test_progress_is_a_number_from_0_to_1_whatever_is_said(ask, workplace, said, kept):
    @job
    def go_on(): ...

    ask(go_on)
    running = Running(workplace.jobs.database, workplace.claim(["default"]))

    running.progress(said)

    assert running.reported == (kept, "")


def test_a_note_can_be_any_text(ask, run_next, row, until):
    @job
    def go_on(*, job):
        job.progress(0.5, "\0\udcff" + "ä" * 500)
        until(lambda: row(job.id).note)

    ask(go_on)

    assert run_next().note.startswith("\\0\\udcffä")


@on_sqlite
def test_progress_is_written_twice_a_second_at_most(ask, run_next, shared_database, monkeypatch):
    from sqlalchemy import select

    from carboy.jobs.table import JOBS

    monkeypatch.undo()
    seen = set()

    @job
    def hurry(*, job):
        for step in range(100):
            job.progress(step / 100)
            with shared_database.reading() as session:
                seen.add(session.scalar(select(JOBS.c.progress).where(JOBS.c.id == job.id)))
            threading.Event().wait(0.005)

    ask(hurry)
    run_next()

    assert len(seen) <= 4


def test_progress_inside_a_transaction_that_writes_is_refused_at_once(ask, run_next, leave):
    @job(attempts=1)
    def careless(*, db, job):
        leave(db, "one")
        job.progress(0.5)

    ask(careless)

    assert "Read and work first, report, and write last" in run_next().error


def test_a_waiting_job_that_is_taken_back_is_over(ask, jobs, row, run_next):
    @job
    def never(): ...

    asked = ask(never, key="only")

    with jobs.database.transaction():
        assert jobs.cancel(asked) is State.QUEUED

    assert (row(asked).state, row(asked).held_key) == (State.CANCELLED, None)
    assert run_next() is None


def test_a_running_job_that_is_taken_back_ends_at_its_next_report(ask, jobs, run_next, shared_database, until):
    from carboy.jobs import Jobs

    @job
    def go_on(*, db, job):
        with shared_database.transaction():
            assert Jobs(shared_database).cancel(job.id) is State.RUNNING
        until(lambda: not job.is_wanted())
        job.progress(0.5)

    ask(go_on)

    ended = run_next()
    assert (ended.state, ended.failures) == (State.CANCELLED, 0)


@pytest.mark.parametrize("answer", ["fail", "snooze", "busy"])
def test_a_running_job_that_is_taken_back_does_not_come_back(ask, run_next, shared_database, answer):
    from carboy.jobs import Jobs

    @job
    def stumble(*, job):
        with shared_database.transaction():
            Jobs(shared_database).cancel(job.id)
        if answer == "snooze":
            return Snooze(1)
        raise DatabaseBusy if answer == "busy" else ValueError

    ask(stumble)

    assert run_next().state == State.CANCELLED


def test_a_job_that_is_over_cannot_be_taken_back(ask, jobs, run_next):
    @job
    def done(): ...

    asked = ask(done)
    run_next()

    with jobs.database.transaction():
        assert jobs.cancel(asked) is None


@on_sqlite
@pytest.mark.parametrize("end", [Fail("no"), Cancel("no")])
def test_a_job_that_failed_or_was_cancelled_can_be_asked_for_anew(ask, jobs, run_next, end):
    answers = [Done("yes"), end]

    @job(attempts=1)
    def reply():
        return answers.pop()

    asked = ask(reply)
    run_next()

    with jobs.database.transaction():
        assert jobs.retry(asked)

    ended = run_next()
    assert (ended.id, ended.state, ended.error) == (asked, State.DONE, None)
    with jobs.database.transaction():
        assert not jobs.retry(asked)


@pytest.fixture
def fail_with_a_key(ask, run_next):
    @job(attempts=1)
    def fail():
        raise ValueError

    def fail_once():
        asked = ask(fail, key="only")
        run_next()
        return asked

    return fail_once


def test_a_job_that_is_asked_for_anew_has_its_key_again(fail_with_a_key, jobs, row):
    asked = fail_with_a_key()

    with jobs.database.transaction():
        jobs.retry(asked)

    assert (row(asked).state, row(asked).key, row(asked).held_key) == (State.QUEUED, "only", "only")
    assert fail_with_a_key() == asked


def test_a_job_whose_key_another_holds_cannot_be_asked_for_anew(fail_with_a_key, jobs, row):
    older, newer = fail_with_a_key(), fail_with_a_key()
    with jobs.database.transaction():
        jobs.retry(newer)

    with pytest.raises(Conflict, match=str(newer)), jobs.database.transaction():
        jobs.retry(older)

    assert row(older).state == State.FAILED


@on_sqlite
def test_past_its_soft_limit_a_handler_is_told_and_has_failed(ask, run_next):
    @job(soft_limit=timedelta(microseconds=1), attempts=1)
    def dawdle(*, job):
        assert not job.is_wanted()
        job.check()

    ask(dawdle)

    ended = run_next()
    assert ended.state == State.FAILED
    assert "soft limit" in ended.error


@on_sqlite
@pytest.mark.parametrize(
    ("outcome", "kept"), [(Done(), False), (Fail("no"), False), (Cancel("no"), False), (Snooze(1), True)]
)
def test_confidential_arguments_are_wiped_when_nobody_can_need_them_again(ask, run_next, outcome, kept):
    @job(confidential=True)
    def whisper(word: str):
        return outcome

    ask(whisper, "sesame")

    assert ("sesame" in run_next().arguments) is kept


@on_sqlite
@pytest.mark.parametrize(("confidential", "again"), [(False, True), (True, False)])
def test_whose_arguments_are_wiped_cannot_be_asked_again(ask, jobs, run_next, confidential, again):
    @job(confidential=confidential)
    def whisper(word: str = "nothing"):
        return Fail("no")

    asked = ask(whisper, "sesame")
    run_next()

    with jobs.database.transaction():
        assert jobs.retry(asked) is again


@on_sqlite
@pytest.mark.parametrize("asked_with", ["sesame", "of another type"])
def test_what_a_confidential_job_was_asked_with_stands_in_no_error(ask, run_next, change_row, caplog, asked_with):
    heard = []

    @job(confidential=True, attempts=2)
    def whisper(word: str):
        raise ValueError(f"{word} does not open")

    def hear(_jobs, change):
        heard.append(repr(change.error))

    asked = ask(whisper, "sesame")
    if asked_with != "sesame":
        change_row(asked, arguments='{"word": ["sesame"]}')
    with job_changed.connected_to(hear):
        ended = run_next()

    assert "sesame" not in ended.error + caplog.text + "".join(heard) + getattr(caplog.records[-1], "why", "")
    assert ("whisper" in ended.error) or ("SetupError" in ended.error)


@on_sqlite
def test_a_swallowed_failure_of_a_transaction_keeps_nothing(ask, run_next, leave, effects):
    @job(attempts=1)
    def swallow(*, db):
        try:
            with db.transaction():
                leave(db, "half")
                raise ValueError
        except ValueError:
            pass

    ask(swallow)

    assert "savepoint" in run_next().error
    assert effects() == []


@on_sqlite
def test_what_follows_the_commit_of_a_handler_follows_the_end_of_its_job(ask, run_next, row):
    seen = []

    @job
    def send(*, db, job):
        with db.transaction():
            db.after_commit(lambda: seen.append(row(job.id).state))

    ask(send)
    run_next()

    assert seen == [State.DONE]
