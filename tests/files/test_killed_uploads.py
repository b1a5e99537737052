"""A process that is killed at any moment leaves nothing wrong that the sweep does not mend."""

import hashlib
import random
import subprocess
import sys
import threading
from datetime import timedelta

import dying
import pytest
from sqlalchemy import func, select

from carboy.files.kept import Kept
from carboy.files.sweeping import sweep
from carboy.files.table import FILES

pytestmark = pytest.mark.long

PLACES = {  # where it is killed, and how many files there are then
    "in an upload": 0,
    "before the rename": 0,
    "before the commit": 0,
    "after the commit": 1,
    "before a drop is committed": 1,
    "after a drop is committed": 0,
}


@pytest.fixture
def start():
    """Start a process on the same database and store, which is not long for this world."""
    started = []

    def begin(room, where):
        url = room.database.url.render_as_string(hide_password=False)
        command = [sys.executable, dying.__file__, url, str(getattr(room.store, "folder", "-")), where]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def assert_nothing_is_wrong(room, keys_in):
    """Every row has its bytes, all bytes have a row, and the owner is charged with what there is."""
    with room.database.reading() as session:
        kept = [Kept.of(row) for row in session.execute(select(FILES))]
        charged = session.scalar(select(func.coalesce(func.sum(FILES.c.size), 0)))
    for one in kept:
        with room.open(one) as file:
            assert hashlib.sha256(file.read()).hexdigest() == one.digest
    assert keys_in(room.store) == {one.id for one in kept}
    assert room.used_by("user:ada") == charged
    return len(kept)


def rows_have_their_bytes(room, keys_in):
    with room.database.reading() as session:
        return set(session.scalars(select(FILES.c.id))) <= keys_in(room.store)


@pytest.mark.parametrize("where", PLACES)
def test_whoever_is_killed_leaves_nothing_wrong_in_a_folder(room, start, keys_in, where):
    assert start(room, where).wait(30) == -9

    assert rows_have_their_bytes(room, keys_in)
    sweep(room, older_than=timedelta(hours=-1))

    assert assert_nothing_is_wrong(room, keys_in) == PLACES[where]


@pytest.mark.parametrize("where", [place for place in PLACES if place != "before the rename"])
def test_whoever_is_killed_leaves_nothing_wrong_in_a_database(database, make_files, start, keys_in, where):
    room = make_files(database)
    assert start(room, where).wait(30) == -9

    assert rows_have_their_bytes(room, keys_in)
    sweep(room, older_than=timedelta(hours=-1))

    assert assert_nothing_is_wrong(room, keys_in) == PLACES[where]


@pytest.mark.parametrize("in_folder", [True, False], ids=["folder", "database"])
def test_whoever_is_killed_at_any_moment_leaves_nothing_wrong(database, folder, make_files, start, keys_in, in_folder):
    room = make_files(database, folder if in_folder else None)
    for _ in range(12):
        process = start(room, "some time")
        assert process.stdout.readline() == b"under way\n"
        threading.Event().wait(random.uniform(0, 0.1))  # any moment is meant
        process.kill()
        process.wait()

        assert rows_have_their_bytes(room, keys_in)

    sweep(room, older_than=timedelta(hours=-1))

    assert_nothing_is_wrong(room, keys_in)
