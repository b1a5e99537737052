"""While two releases run, a bell may reach a worker that does not know the job. Whoever knows it rings again, soon."""

from dataclasses import replace
from datetime import timedelta

import pytest

from carboy.context import utc_now
from carboy.jobs import Jobs, job

LATER = timedelta(minutes=2)  # nobody has come in the meantime


class Bells:
    """An engine that notes for which job it was rung."""

    def __init__(self):
        self.rung = []

    rings_again = True

    def ring(self, job_id, queue):
        self.rung.append(job_id)

    def close(self):
        pass


@job(name="test.releases.old")
def known_to_both():
    pass


@job(name="test.releases.new")
def known_to_the_newer():
    pass


@job(name="test.releases.arguments")
def with_one_argument(one: int = 1):
    pass


@job(name="test.releases.arguments", version=2, upgrade=lambda version, arguments: arguments)
def with_two_arguments(one: int = 1, two: int = 2):
    pass


@pytest.fixture
def release(database, make_workplace):
    """A process of a release that knows these handlers, and its bells."""

    def make(*functions):
        jobs = Jobs(database, engine=Bells())
        jobs.register(*functions)
        return make_workplace(jobs)

    return make


@pytest.fixture
def old(release):
    return release(known_to_both, with_one_argument)


@pytest.fixture
def new(release):
    return release(known_to_both, known_to_the_newer, with_two_arguments)


@pytest.fixture
def ask_of(database):
    """Ask a release for a job that was due a while ago."""

    def ask(place, function):
        long_ago = replace(place.jobs, engine=Bells(), clock=lambda: utc_now() - LATER)
        with database.transaction():
            return long_ago.enqueue(function)

    return ask


def test_a_process_rings_again_for_what_its_release_knows_and_for_nothing_else(old, new, ask_of):
    both = [ask_of(old, known_to_both), ask_of(old, with_one_argument)]
    newer = [ask_of(new, known_to_the_newer), ask_of(new, with_two_arguments)]

    old.ring_again()
    new.ring_again()

    assert set(old.jobs.engine.rung) == set(both)
    assert set(new.jobs.engine.rung) == set(newer)


@pytest.mark.parametrize("times", [1, 3])
def test_however_often_a_job_was_left_to_others_who_knows_it_rings_for_it_at_once(old, new, ask_of, row, times):
    job_id = ask_of(new, known_to_the_newer)
    for _ in range(times):
        old.run(old.claim_one(job_id))

    new.ring_again()

    assert new.jobs.engine.rung == [job_id]
    assert row(job_id).look_at > utc_now()
