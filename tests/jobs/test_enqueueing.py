"""Asking for a job: kept with what wanted it, one at a time where it has a key, and done in its order."""

from datetime import datetime, timedelta

import pytest

from carboy import context
from carboy.context import utc_now
from carboy.errors import SetupError
from carboy.jobs import State, job

# What is no matter of the database is looked at on one.
on_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@job
def note(what: str = "", *, db):
    from jobs_sample import leave

    leave(db, what)


def test_a_job_is_kept_with_the_transaction_that_wants_it(jobs, rows, leave, effects):
    jobs.register(note)

    with jobs.database.transaction():
        leave(jobs.database, "order")
        jobs.enqueue(note, "mail")

    assert [one.state for one in rows()] == [State.QUEUED]
    assert effects() == ["order"]


def test_a_job_goes_with_the_transaction_that_is_undone(jobs, rows, leave, effects):
    jobs.register(note)

    with pytest.raises(ZeroDivisionError), jobs.database.transaction():
        leave(jobs.database, "order")
        jobs.enqueue(note, "mail")
        raise ZeroDivisionError

    assert (rows(), effects()) == ([], [])


@on_sqlite
def test_nobody_is_woken_for_what_is_undone(jobs):
    jobs.register(note)
    woken = []
    jobs.engine.listen(lambda: woken.append(True))

    with pytest.raises(ZeroDivisionError), jobs.database.transaction():
        jobs.enqueue(note)
        raise ZeroDivisionError

    assert woken == []


def test_everybody_is_woken_after_the_commit_only(jobs, rows):
    jobs.register(note)
    seen = []
    jobs.engine.listen(lambda: seen.append(len(rows())))

    with jobs.database.transaction():
        jobs.enqueue(note)

    assert seen == [1]


@on_sqlite
def test_outside_a_transaction_nothing_can_be_asked_for(jobs):
    jobs.register(note)

    with pytest.raises(SetupError, match="No transaction is open"):
        jobs.enqueue(note)


def test_while_only_reading_nothing_can_be_asked_for(jobs, rows, kind):
    jobs.register(note)

    with pytest.raises(Exception, match=r"only reads|read.?only"), jobs.database.reading():
        jobs.enqueue(note)

    assert rows() == []


def test_a_key_admits_one_while_it_waits(ask, rows):
    first, second = ask(note, "a", key="only"), ask(note, "b", key="only")

    assert second == first
    assert len(rows()) == 1


def test_a_key_admits_one_while_it_runs(ask, workplace, rows):
    first = ask(note, key="only")
    workplace.claim(["default"])

    assert ask(note, key="only") == first
    assert len(rows()) == 1


def test_a_key_is_free_again_when_its_job_has_ended(ask, run_next):
    first = ask(note, key="only")
    run_next()

    assert ask(note, key="only") != first


def test_a_key_is_free_when_its_job_runs_and_is_taken_back(ask, jobs, workplace, row):
    first = ask(note, key="only")
    workplace.claim(["default"])
    with jobs.database.transaction():
        jobs.cancel(first)

    second = ask(note, key="only")

    assert second != first
    assert (row(first).key, row(first).state, row(second).state) == ("only", State.RUNNING, State.QUEUED)


@pytest.mark.parametrize("other", ["ONLY", "only ", "önly"])
def test_keys_that_differ_at_all_are_different(ask, other):
    assert ask(note, key="only") != ask(note, key=other)


def test_a_key_asked_for_by_many_at_once_gives_one_job(jobs, rows, at_once):
    jobs.register(note)

    def enqueue():
        with jobs.database.transaction():
            return jobs.enqueue(note, key="only")

    ids = {future.result() for future in at_once(enqueue, threads=8)}

    assert ids == {rows()[0].id}
    assert len(rows()) == 1


def test_who_asks_for_a_key_whose_job_is_being_undone_gets_a_job_of_its_own(jobs, rows, beside):
    jobs.register(note)

    def enqueue():
        with jobs.database.transaction():
            return jobs.enqueue(note, "second", key="only")

    with pytest.raises(ZeroDivisionError), jobs.database.transaction():
        jobs.enqueue(note, "first", key="only")
        late = beside(enqueue)
        with pytest.raises(TimeoutError):
            late.result(timeout=0.1)
        raise ZeroDivisionError

    kept = late.result(timeout=5)
    assert [one.id for one in rows()] == [kept]


@on_sqlite
@pytest.mark.parametrize("wrong", ["", "k" * 201, "a\0b", "\ud800"])
def test_a_key_that_the_row_cannot_hold_is_refused(jobs, wrong):
    jobs.register(note)

    with jobs.database.transaction(), pytest.raises(SetupError, match="key"):
        jobs.enqueue(note, key=wrong)


@on_sqlite
@pytest.mark.parametrize("wrong", ["u" * 256, "a\0b"])
def test_an_asker_that_the_row_cannot_hold_is_refused(jobs, wrong):
    jobs.register(note)

    with jobs.database.transaction(), pytest.raises(SetupError, match="asked_by"):
        jobs.enqueue(note, asked_by=wrong)


def test_first_come_first_done(ask, run_next, leave, effects):
    asked = [ask(note, str(number)) for number in range(5)]

    done = [run_next().id for _ in asked]

    assert done == asked


def test_the_greater_priority_goes_first(ask, run_next):
    asked = {priority: ask(note, priority=priority) for priority in (0, -100, 100, 1)}

    done = [run_next().id for _ in asked]

    assert done == [asked[priority] for priority in (100, 1, 0, -100)]


@on_sqlite
@pytest.mark.parametrize("priority", [-101, 101])
def test_a_priority_out_of_bounds_is_refused(jobs, priority):
    jobs.register(note)

    with jobs.database.transaction(), pytest.raises(SetupError, match="-100 to 100"):
        jobs.enqueue(note, priority=priority)


@on_sqlite
@pytest.mark.parametrize("delay", [60, timedelta(minutes=1)])
def test_a_delayed_job_waits_and_is_rung_for_by_nobody(jobs, ask, run_next, let_rest, delay):
    woken = []
    jobs.engine.listen(lambda: woken.append(True))
    ask(note, delay=delay)

    assert run_next() is None
    assert woken == []
    let_rest()
    assert run_next().state == State.DONE


@on_sqlite
def test_a_job_may_be_asked_for_at_a_moment(jobs, ask, run_next, row):
    woken, moment = [], utc_now() + timedelta(hours=1)
    jobs.engine.listen(lambda: woken.append(True))

    asked = ask(note, at=moment)

    assert (row(asked).due_at, row(asked).look_at) == (moment, moment)
    assert (run_next(), woken) == (None, [])


@on_sqlite
def test_a_moment_that_is_over_is_now_and_overtakes_nobody(jobs, ask, run_next):
    woken = []
    jobs.engine.listen(lambda: woken.append(True))
    first = ask(note)

    ask(note, at=utc_now() - timedelta(days=1))

    assert len(woken) == 2
    assert run_next().id == first


@on_sqlite
@pytest.mark.parametrize(
    ("given", "said"),
    [({"at": datetime(2030, 1, 1)}, "time zone"), ({"at": utc_now(), "delay": 1}, "both")],  # noqa: DTZ001
)
def test_a_moment_that_is_not_clear_is_refused(jobs, given, said):
    jobs.register(note)

    with jobs.database.transaction(), pytest.raises(SetupError, match=said):
        jobs.enqueue(note, **given)


def test_a_job_knows_who_asked_and_in_which_request(ask, row):
    with context.working_for("request-7", "user:7"):
        asked = ask(note)

    assert (row(asked).asked_by, row(asked).request_id) == ("user:7", "request-7")


@on_sqlite
def test_somebody_else_may_be_named_as_who_asked(ask, row):
    with context.working_for("request-7", "user:7"):
        asked = ask(note, asked_by="user:8")

    assert row(asked).asked_by == "user:8"


@on_sqlite
def test_a_function_that_is_no_job_cannot_be_asked_for(jobs):
    with jobs.database.transaction(), pytest.raises(SetupError, match="Put @job above"):
        jobs.enqueue(print)


@on_sqlite
def test_a_job_that_nobody_here_knows_cannot_be_asked_for(jobs):
    with jobs.database.transaction(), pytest.raises(SetupError, match=r"jobs\.register\(note\)"):
        jobs.enqueue(note)
