"""Each kind of fault, planted, is noticed by what should notice it."""

import time
from pathlib import Path

import pytest
from attackers import Tally, every_closed_door, head, throw
from load import Callers
from uploads import Uploader

pytestmark = pytest.mark.long


@pytest.fixture(params=["sqlite", "postgresql"])
def planted(build, request):
    def plant(fault):
        sample = str(Path(__file__).parent / "sample")
        return build(request.param, PLANTED=fault, GUNICORN_APP="planted_shop:create_app()", PYTHONPATH=sample)

    return plant


def loaded(fortress):
    fortress.start_worker()
    callers = Callers(fortress)
    callers.start()
    until = time.monotonic() + 60
    while time.monotonic() < until and (len(callers.book.jobs) < 2 or len(callers.book.acknowledged) < 5):
        time.sleep(0.1)
    callers.stop()
    return callers


def test_a_route_that_leaks_is_noticed_by_whoever_tries_every_door(planted):
    tally = every_closed_door(planted("a_route_leaks"), 0)

    assert tally.wrong
    assert all("/api/v1/admin/users let" in sentence for sentence in tally.wrong)


def test_a_parser_that_crashes_is_an_error_that_is_counted(planted):
    fortress = planted("a_parser_crashes")
    before = fortress.answered()

    throw(fortress.port, Tally(), head(b"GET", b"/api/v1/foss?cursor=%C3%A4", b"Connection: close"))

    assert [status for _, _, status in fortress.answered() - before if status >= 500] == [500]


def test_a_commit_that_is_left_out_is_a_todo_that_is_lost(planted):
    lost, doubled = loaded(planted("a_commit_is_left_out")).check()

    assert lost
    assert doubled == set()


def test_a_job_that_is_lost_is_one_that_nobody_knows(planted):
    callers = loaded(planted("a_job_is_lost"))

    with pytest.raises(AssertionError, match="not-found"):
        callers.states_of_jobs()


def test_a_file_that_is_left_behind_is_found_beside_the_others(planted):
    from test_soak import files_beside

    fortress = planted("a_file_is_left_behind")

    assert Uploader(fortress).upload(2) == [201, 201]
    assert len(files_beside(fortress)) == 2
