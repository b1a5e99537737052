"""Jobs that wait and that nobody has taken are rung for again."""

from uuid import UUID

import pytest

from carboy.jobs import Jobs, job
from carboy.jobs.table import State


class Heard:
    """An engine that remembers for whom it rang."""

    def __init__(self):
        self.ids = []

    rings_again = True

    def ring(self, job_id, queue):
        self.ids.append(job_id)

    def close(self):
        pass


@pytest.fixture
def heard(jobs):
    object.__setattr__(jobs, "engine", Heard())
    return jobs.engine.ids


@job(name="sample.nothing")
def nothing(): ...


def test_what_is_due_and_nobody_has_taken_is_rung_for_once_a_while(ask, change_row, heard, row, workplace):
    asked = ask(nothing)
    change_row(asked, look_at=row(asked).due_at)
    heard.clear()

    workplace.ring_again()
    workplace.ring_again()

    assert heard == [asked]


def test_where_all_look_for_themselves_no_bell_is_rung_again_and_nothing_written(ask, change_row, row, workplace):
    asked = ask(nothing)
    change_row(asked, look_at=row(asked).due_at)

    workplace.ring_again()

    assert row(asked).look_at == row(asked).due_at


def test_what_is_not_due_yet_is_not_rung_for(ask, heard, workplace):
    ask(nothing, delay=60)

    workplace.ring_again()

    assert heard == []


def test_a_job_that_only_another_release_knows_is_rung_for_by_that_one(ask, database, heard, make_workplace, row):
    older = make_workplace(Jobs(database, engine=Heard()))
    newer = make_workplace()
    asked = ask(nothing)
    older.run(older.claim_one(asked))
    heard.clear()

    older.ring_again()
    newer.ring_again()

    assert older.jobs.engine.ids == []
    assert heard == [asked]
    assert row(asked).state == State.QUEUED


def test_a_message_about_a_job_that_is_not_there_means_nothing(workplace):
    assert workplace.claim_one(UUID(int=1)) is None
