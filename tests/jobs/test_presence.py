"""Who is at work on this host: the dead are missed at once, and nobody takes the living for dead."""

import fcntl
import os
import signal

import pytest

from carboy.jobs import State
from carboy.jobs.presence import Presence

PLACE = "sqlite:///shop.sqlite"


# What is no matter of the database is looked at on one.
on_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "workers"


@pytest.fixture
def arrive(folder):
    """Be present; whoever dies does so without a word."""
    there = []

    def begin(database=PLACE):
        there.append(Presence(database, folder))
        there[-1].begin()
        return there[-1]

    yield begin
    for one in there:
        one.end()


def die(presence):
    os.close(presence._descriptor)
    presence._descriptor = None


@on_sqlite
def test_the_jobs_of_a_killed_process_are_taken_back_by_the_next_that_starts_here(
    ask, worker_process, make_worker, row, until
):
    from jobs_sample import hang

    asked = ask(hang)
    dead = worker_process()
    until(lambda: row(asked).state == State.RUNNING)
    dead.send_signal(signal.SIGKILL)
    dead.wait()

    make_worker(threads=0)

    left = row(asked)
    assert (left.state, left.losses, left.failures, left.leased_by) == (State.QUEUED, 1, 0, None)


@on_sqlite
def test_the_jobs_of_a_living_process_are_left_to_it(ask, worker_process, make_worker, row, until):
    from jobs_sample import hang

    asked = ask(hang)
    living = worker_process()
    until(lambda: row(asked).state == State.RUNNING)

    make_worker(threads=0)

    assert (row(asked).state, row(asked).leased_by) == (State.RUNNING, living.worker)


def test_who_died_is_named_to_whoever_comes_next_and_then_forgotten(arrive):
    dead = arrive()
    die(dead)
    next_one = arrive()

    assert list(next_one.departed()) == [dead.name]
    assert list(next_one.departed()) == []


def test_who_lives_or_has_left_in_order_is_not_named(arrive):
    arrive()
    arrive().end()

    assert list(arrive().departed()) == []


def test_each_application_buries_its_own_dead(arrive):
    dead = arrive()
    die(dead)

    assert list(arrive("sqlite:///another.sqlite").departed()) == []
    assert list(arrive().departed()) == [dead.name]


def test_of_many_that_arrive_at_once_nobody_is_taken_for_dead(arrive, at_once):
    def come_and_look():
        one = arrive()
        return list(one.departed())

    found = [future.result() for future in at_once(come_and_look, threads=16)]

    assert found == [[]] * 16


def test_what_else_lies_in_the_folder_is_left_there(arrive, folder):
    folder.mkdir(mode=0o700)
    (folder / "note.txt").write_text("keep me")

    assert list(arrive().departed()) == []
    assert (folder / "note.txt").exists()


def test_a_folder_that_others_can_write_to_is_not_believed_and_that_is_said(arrive, folder, caplog):
    folder.mkdir()
    folder.chmod(0o777)

    assert list(arrive().departed()) == []
    assert list(folder.iterdir()) == []
    assert "cannot be used" in caplog.text
    assert "others may write" in caplog.records[-1].why


def test_who_died_before_it_had_a_name_leaves_nothing_for_long(arrive, folder):
    arrive()
    old, fresh, held = (folder / f"{name}.new" for name in ("old", "fresh", "held"))
    for file in (old, fresh, held):
        file.touch(0o600)
    for file in (old, held):
        os.utime(file, (0, 0))

    with held.open("r+") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        assert list(arrive().departed()) == []

    assert (old.exists(), fresh.exists(), held.exists()) == (False, True, True)


def test_without_locks_of_files_there_is_a_name_and_nothing_else(folder, monkeypatch):
    monkeypatch.setattr("carboy.jobs.presence.fcntl", None)
    monkeypatch.delattr("os.getuid")
    monkeypatch.delattr("os.uname")

    one = Presence(PLACE)
    one.begin()

    assert len(one.name.split("/")) == 3
    assert list(one.departed()) == []
    one.end()


def test_a_link_in_place_of_the_folder_is_not_believed(arrive, folder, tmp_path):
    (tmp_path / "precious").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "precious")

    assert list(arrive().departed()) == []
    assert list((tmp_path / "precious").iterdir()) == []


def test_a_folder_of_somebody_else_is_not_believed(arrive, folder, monkeypatch):
    folder.mkdir(mode=0o700)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)

    assert list(arrive().departed()) == []
    assert list(folder.iterdir()) == []


def test_where_no_folder_can_be_made_leases_alone_must_do(arrive, folder):
    folder.write_text("in the way")

    assert list(arrive().departed()) == []
