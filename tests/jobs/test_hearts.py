"""A heart keeps leases, and knows by itself when it could not."""

import time

import pytest

from carboy.jobs import Jobs, heart, job
from carboy.jobs.heart import Heart
from carboy.jobs.running import Running

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@job
def nothing(): ...


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(heart, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(heart, "RENEW_SECONDS", 0)


@pytest.fixture
def running(ask, workplace, database):
    ask(nothing)
    return Running(database, workplace.claim(["default"]))


def test_a_job_whose_lease_could_not_be_renewed_is_told_when_it_is_over(
    quick, running, make_database, shared_database, leave, until, monkeypatch
):
    monkeypatch.setattr(heart, "_LEASE_SECONDS", 0.2)
    beating = Heart(Jobs(make_database(patience=0.05)))

    with shared_database.transaction(), beating.keeping(running):
        leave(shared_database, "somebody else has the one lock")
        until(lambda: not running.is_wanted(), seconds=5)

    beating.close()


def test_a_heart_that_waits_for_its_database_holds_up_no_end(
    quick, running, make_database, shared_database, leave, until, monkeypatch
):
    monkeypatch.setattr(heart, "_STOP_SECONDS", 0.1)
    beating = Heart(Jobs(make_database(patience=3)))
    with shared_database.transaction():
        leave(shared_database, "somebody else has the one lock")
        with beating.keeping(running):
            time.sleep(0.2)  # by then it waits for the lock
            began = time.monotonic()

            beating.close()

            assert time.monotonic() - began < 2
    until(lambda: not beating._thread.is_alive())
