"""`python dying.py DATABASE_URL FOLDER WHERE`: keeps and drops files, and is killed at the place that WHERE names.

FOLDER is - for the store in the database. With WHERE "some time" it goes on until somebody else kills it.
"""

import io
import os
import signal
import sys
from itertools import count
from pathlib import Path

from carboy.data import Database
from carboy.files.room import Files
from carboy.files.stores.database import DatabaseStore
from carboy.files.stores.folder import FolderStore
from carboy.jobs import Jobs

ADA = "user:ada"


def die(*_anything, **_named):
    os.kill(os.getpid(), signal.SIGKILL)


class Deadly(io.BytesIO):
    """An upload in the middle of which the process dies."""

    def read(self, size=-1):
        return super().read(size) or die()


def in_an_upload(room):
    room.keep(Deadly(b"x" * 600_000), owner=ADA)


def before_the_rename(room):
    Path.rename = die
    room.keep(io.BytesIO(b"x" * 600_000), owner=ADA)


def before_the_commit(room):
    with room.database.transaction():
        room.keep(io.BytesIO(b"x" * 600_000), owner=ADA)
        die()


def after_the_commit(room):
    with room.database.transaction():
        room.keep(io.BytesIO(b"x" * 600_000), owner=ADA)
        room.database.after_commit(die)


def before_a_drop_is_committed(room):
    kept = room.keep(io.BytesIO(b"y" * 600_000), owner=ADA)
    with room.database.transaction():
        room.drop(kept.id)
        die()


def after_a_drop_is_committed(room):
    kept = room.keep(io.BytesIO(b"y" * 600_000), owner=ADA)
    with room.database.transaction():
        room.database.after_commit(die)
        room.drop(kept.id)


def some_time(room):
    kept = []
    for number in count():
        with room.database.transaction():
            kept.append(room.keep(io.BytesIO(os.urandom(300_000)), owner=ADA).id)
            if number % 2:
                room.drop(kept.pop(0))
        if number == 1:
            print("under way", flush=True)


def room_on(url, folder):
    store = None if folder == "-" else FolderStore(Path(folder))
    return Files(Jobs(Database(url)), lambda database: [store or DatabaseStore(database)])


if __name__ == "__main__":
    url, folder, where = sys.argv[1:]
    globals()[where.replace(" ", "_")](room_on(url, folder))
