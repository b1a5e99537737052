"""What `flask jobs` asks the database, on three kinds of it."""

from datetime import timedelta

import pytest

from carboy.context import utc_now
from carboy.jobs import State, job, listing


@job(queue="exports")
def export(number: int): ...


@job(attempts=1)
def stumble():
    raise ValueError("over a stone")


@pytest.fixture
def look(shared_database):
    def asked(question, *given, **named):
        with shared_database.reading() as session:
            return question(session, *given, **named)

    return asked


def test_the_newest_come_first_and_no_more_than_are_wanted(ask, look):
    asked = [ask(export, number) for number in range(4)]

    found = look(listing.newest, 3)

    assert [one.id for one in found] == asked[:0:-1]


def test_a_list_can_be_narrowed_by_state_queue_and_handler(ask, look, run_next):
    ask(export, 1)
    failed = ask(stumble)
    run_next()

    found = [
        look(listing.newest, 9, **wanted)
        for wanted in ({"state": State.FAILED}, {"queue": "default"}, {"handler": "test_listing.stumble"})
    ]

    assert [[one.id for one in rows] for rows in found] == [[failed]] * 3
    assert look(listing.newest, 9, queue="exports", state="failed") == []


def test_those_that_failed_are_found_by_handler_as_well(ask, look, run_next):
    failed = ask(stumble)
    run_next()

    assert look(listing.failed, None) == look(listing.failed, "test_listing.stumble") == [failed]
    assert look(listing.failed, "test_listing.export") == []


def test_how_it_stands_is_counted_for_each_queue_and_handler(ask, look, run_next, workplace, end_lease, change_row):
    due = utc_now() - timedelta(minutes=5)
    lost, running, waiting = (ask(export, number) for number in range(3))
    for one in (lost, running):
        workplace.claim_one(one)
    end_lease(lost)
    ask(export, 3, delay=60)
    change_row(waiting, due_at=due)
    ask(stumble)
    run_next()

    others, exports = look(listing.stand, utc_now())

    assert (others.queue, others.waiting, others.failed, others.since) == ("default", 0, 1, None)
    assert exports._asdict() == {
        "queue": "exports", "handler": "test_listing.export", "waiting": 2, "due": 1, "running": 2, "failed": 0,
        "lost": 1, "since": due,
    }  # fmt: skip


def test_what_is_done_is_not_counted(ask, look, run_next):
    ask(export, 1)
    run_next("exports")

    assert look(listing.stand, utc_now()) == []
