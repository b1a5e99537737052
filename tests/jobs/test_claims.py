"""A worker takes a job on a lease: each job is one worker's, and who was paused past its lease has lost it."""

import itertools
import logging
import multiprocessing
import threading
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert

from carboy.context import utc_now
from carboy.data import uuid7
from carboy.jobs import Jobs, State, claiming, job, sweeping
from carboy.jobs.table import JOBS


@job
def note(what: str = "", *, db):
    from jobs_sample import leave

    leave(db, what)


@job(queue="urgent")
def hurry(): ...


@pytest.fixture
def ask_for_many(jobs, database):
    """Ask for very many jobs at once."""
    from jobs_sample import leave_once

    jobs.register(leave_once)

    def ask(number):
        now = utc_now()
        same = {"handler": "sample.leave", "version": 1, "queue": "default", "rank": 0, "due_at": now, "look_at": now}
        same |= {"attempts": 1, "asked_by": "", "state": State.QUEUED}
        with database.transaction() as session:
            session.execute(
                insert(JOBS), [same | {"id": uuid7(), "arguments": f'{{"what":"{n}"}}'} for n in range(number)]
            )

    return ask


def run_all(place):
    """Run whatever is there, and give how many that were."""
    total = 0
    while place.due(["default"]):
        if claimed := place.claim(["default"]):  # and nobody was faster, or looks after it just now
            place.run(claimed)
            total += 1
    return total


def test_many_threads_run_each_job_once(ask_for_many, make_workplace, at_once, effects):
    ask_for_many(60)

    done = [future.result() for future in at_once(lambda: run_all(make_workplace()), threads=6)]

    assert sum(done) == 60
    assert sorted(effects(), key=int) == [str(number) for number in range(60)]


@pytest.mark.long
def test_many_processes_run_each_job_once(ask_for_many, database_url, effects):
    from jobs_sample import run_everything

    ask_for_many(400)

    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        done = list(pool.map(run_everything, [database_url] * 4))

    assert sum(done) == 400
    assert Counter(effects()).most_common(1)[0][1] == 1
    assert len(effects()) == 400


@pytest.mark.long
def test_jobs_that_are_taken_back_while_they_run_again_and_again_are_each_done_once(
    ask_for_many, make_workplace, database, beside, rows, effects, monkeypatch
):
    monkeypatch.setattr(sweeping, "MOST_LOSSES", 10_000)
    monkeypatch.setattr(sweeping, "wait_after", lambda _losses: timedelta(0))
    ask_for_many(300)
    places, enough = [make_workplace() for _ in range(5)], threading.Event()

    def take_all_back():
        while not enough.wait(0.05):
            list(sweeping.take_back(database, utc_now(), lost_by=[place.name for place in places]))
            with database.transaction() as session:
                sweeping.ring_again(session, utc_now() + timedelta(minutes=2))

    takers = [beside(take_all_back) for _ in range(3)]
    runners = [beside(run_all, place) for place in places]
    started = [runner.result(timeout=60) for runner in runners]
    enough.set()

    for taker in takers:
        taker.result(timeout=30)
    run_all(places[0])
    assert sum(started) > 300
    assert Counter(one.state for one in rows()) == {State.DONE: 300}
    assert Counter(effects()) == Counter(str(number) for number in range(300))


def test_a_job_that_runs_is_nobody_else_s(ask, make_workplace):
    ask(note)
    one, other = make_workplace(), make_workplace()

    assert one.claim(["default"])
    assert other.claim(["default"]) is None


def test_a_lease_that_is_over_goes_to_the_next_and_counts_as_a_loss(ask, make_workplace, end_lease, row):
    asked = ask(note)
    paused, next_one = make_workplace(), make_workplace()
    first = paused.claim(["default"])
    end_lease(asked)

    next_one.sweep()
    second = next_one.claim(["default"])

    assert (second.id, second.attempt) == (asked, first.attempt + 1)
    assert (row(asked).losses, row(asked).failures, row(asked).leased_by) == (1, 0, next_one.name)


def test_what_was_written_under_a_lost_lease_is_undone(ask, make_workplace, end_lease, row, effects, caplog):
    asked = ask(note, "written late")
    paused, next_one = make_workplace(), make_workplace()
    late = paused.claim(["default"])
    end_lease(asked)
    next_one.sweep()
    newer = next_one.claim(["default"])

    paused.run(late)

    assert effects() == []
    assert (row(asked).state, row(asked).attempt) == (State.RUNNING, newer.attempt)
    assert "job lost" in caplog.text
    next_one.run(newer)
    assert effects() == ["written late"]


def test_a_failure_under_a_lost_lease_says_nothing(ask, make_workplace, end_lease, row):
    @job
    def fail():
        raise ValueError

    asked = ask(fail)
    paused, next_one = make_workplace(), make_workplace()
    late = paused.claim(["default"])
    end_lease(asked)
    next_one.sweep()
    next_one.claim(["default"])

    paused.run(late)

    assert (row(asked).state, row(asked).failures, row(asked).error) == (State.RUNNING, 0, None)


def test_a_sweep_takes_nothing_back_that_is_held(ask, make_workplace, row):
    asked = ask(note)
    make_workplace().claim(["default"])

    make_workplace().sweep()

    assert (row(asked).state, row(asked).losses) == (State.RUNNING, 0)


@pytest.fixture
def rest(database):
    """Have many jobs of a high priority rest until tomorrow."""

    def ask(number):
        tomorrow = utc_now() + timedelta(days=1)
        same = {"handler": "resting", "version": 1, "arguments": "{}", "queue": "default", "attempts": 1}
        same |= {"due_at": tomorrow, "look_at": tomorrow, "asked_by": ""}
        with database.transaction() as session:
            session.execute(insert(JOBS), [same | {"id": uuid7(), "rank": -1 - n % 2} for n in range(number)])

    return ask


@pytest.fixture
def steps(database):
    """Count what SQLite does while something is looked for: no clock tells that as exactly."""

    def count(look):
        counted = itertools.count()
        with database.transaction() as session:
            driver = session.connection().connection.driver_connection
            driver.set_progress_handler(lambda: next(counted) < 0, 1)
            found = look(session)
            driver.set_progress_handler(None, 0)
        return found, next(counted)

    return count


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "look",
    [
        lambda session: claiming.due(session, ["default"], utc_now()) == ["default"],
        lambda session: claiming.claim(session, "me", ["default"], utc_now()) is not None,
    ],
    ids=["due", "claim"],
)
def test_a_look_meets_none_of_those_that_rest(ask, steps, rest, look):
    ask(note)
    ask(note)
    rest(10)
    found, few = steps(look)
    rest(1000)

    found_too, many = steps(look)

    assert (found, found_too) == (True, True)
    assert many < few * 1.5


def test_what_is_due_is_found_behind_what_rests(ask, workplace, rest):
    rest(4)
    last, first = ask(note, priority=-1), ask(note)

    taken = [workplace.claim(["default"]).id for _ in range(2)]

    assert taken == [first, last]
    assert workplace.due(["default"]) == []
    assert workplace.claim(["default"]) is None


def test_the_queue_that_is_named_first_is_emptied_first(ask, workplace):
    slow, fast, fast_too = ask(note), ask(hurry), ask(hurry)

    taken = [workplace.claim(["urgent", "default"]).id for _ in range(3)]

    assert taken == [fast, fast_too, slow]


def test_only_queues_that_are_named_are_looked_at(ask, workplace):
    ask(note)

    assert workplace.due(["urgent"]) == []
    assert workplace.claim(["urgent"]) is None


def test_one_job_can_be_taken_by_its_id_and_once(ask, workplace):
    ask(note)
    asked = ask(note)

    assert workplace.claim_one(asked).id == asked
    assert workplace.claim_one(asked) is None


def test_a_job_that_only_another_release_knows_waits_for_it_and_is_in_nobody_s_way(
    ask, database, make_workplace, row, effects, caplog
):
    unknown = ask(hurry_too := job(name="of another release")(lambda: "done"))
    behind = ask(note, "behind")
    here = Jobs(database)
    here.register(note)
    place = make_workplace(here)

    while place.due(["default"]):
        place.run(place.claim(["default"]))

    assert row(behind).state == State.DONE
    assert (row(unknown).state, row(unknown).failures, row(unknown).losses) == (State.QUEUED, 0, 0)
    assert [one.job for one in caplog.records if "left to others" in one.message] == ["of another release"]
    there = Jobs(database)
    there.register(hurry_too)
    elsewhere = make_workplace(there)
    elsewhere.run(elsewhere.claim(["default"]))
    assert row(unknown).result == '"done"'


def test_a_look_for_what_is_due_waits_for_no_writer(ask, workplace, shared_database, leave, beside):
    ask(note)

    with shared_database.transaction():
        leave(shared_database, "somebody else")
        found = beside(workplace.due, ["default"]).result(timeout=2)

    assert found == ["default"]


@pytest.fixture(autouse=True)
def everything_in_the_log(caplog):
    caplog.set_level(logging.INFO, "carboy.jobs")
