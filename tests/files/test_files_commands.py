"""`flask files …`: what is kept, whose it is, and the sweep."""

import io
import os
import time

import pytest
import upload_shop

from carboy.data import uuid7
from carboy.files.flask import files_of
from carboy.settings import Settings


@pytest.fixture
def app(tmp_path):
    (tmp_path / "files").mkdir()
    values = {"database_url": f"sqlite:///{tmp_path}/test.sqlite", "files_dir": tmp_path / "files"}
    settings = Settings.load(root=tmp_path, environ={}, mode="testing", files_store="folder", **values)
    made = upload_shop.create_app(settings)
    yield made
    files_of(made).database.close()


@pytest.fixture
def run(app):
    """Run `flask files …`, and give what it says."""

    def invoke(*arguments):
        result = app.test_cli_runner().invoke(args=["files", *arguments])
        assert result.exit_code == 0, result.output
        return result.output

    return invoke


def test_files_are_shown_the_newest_first_and_by_owner(app, run):
    keep = files_of(app).keep
    keep(io.BytesIO(b"x" * 2048), owner="user:ada", name="first.pdf")
    keep(io.BytesIO(b"x"), owner="user:bob", name="second.pdf")

    shown = run("list")

    assert shown.index("second.pdf") < shown.index("first.pdf")
    assert "2 KiB" in shown
    assert "second.pdf" not in run("list", "--owner", "user:ada")
    assert "There are no such files." in run("list", "--owner", "user:eve")


def test_owners_are_shown_with_what_they_use_the_largest_first(app, run):
    keep = files_of(app).keep
    keep(io.BytesIO(b"x"), owner="user:ada")
    keep(io.BytesIO(b"x" * 3000), owner="user:bob")

    shown = run("usage")

    assert shown.index("user:bob") < shown.index("user:ada")
    assert "2.9 KiB" in shown
    assert "Each may keep 1 GiB." in shown


def test_the_sweep_leaves_what_is_young(app, run, keys_in):
    store = files_of(app).store
    store.write(young := uuid7(), iter([b"young"]))
    store.write(old := uuid7(), iter([b"old"]))
    two_hours_ago = time.time() - 7200
    os.utime(store._place(old), (two_hours_ago, two_hours_ago))

    assert run("sweep").endswith("Deleted 0 whose time was over and 1 that no row named.\n")

    assert keys_in(store) == {young}
