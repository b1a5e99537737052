"""A backup holds what was kept when it began, taken while others write; and it comes back whole or not at all."""

import errno
import gzip
import os
import shutil
import threading
from datetime import timedelta

import pytest
from backup_steps import KINDS, change, contents, keep, run, told
from sqlalchemy import func, select, text

from carboy.data import migrate
from carboy.data.flask import data_of
from carboy.files.flask import files_of
from carboy.files.sweeping import sweep
from carboy.jobs.flask import jobs_of
from carboy.jobs.table import JOBS, SCHEDULES
from carboy.ops.backup.dumps import dump_of
from carboy.ops.backup.dumps.sqlite import Sqlite
from starter import create_app
from starter.settings import Settings


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_back_is_what_was_there(make_shop, tmp_path, kind):
    shop, other = make_shop(kind), make_shop(kind, migrated=False)
    keep(shop, b"the first file")
    keep(shop, "zwei äöü".encode())

    taken = run(shop, "backup", str(tmp_path / "a.backup"))
    restored = run(other, "restore", str(tmp_path / "a.backup"))

    assert (taken.exit_code, restored.exit_code) == (0, 0), taken.output + restored.output
    assert contents(other) == contents(shop)
    assert data_of(other).migrations.pending(data_of(other).database) == []
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


class Writers:
    """Some who keep files and jobs without a pause, and note what was acknowledged."""

    def __init__(self, app, threads=3):
        self.acknowledged, self._app, self._ends = [], app, threading.Event()
        self._threads = [threading.Thread(target=self._work) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _work(self):
        while not self._ends.is_set():
            content = os.urandom(2000)
            with self._app.app_context():
                kept = keep(self._app, content)
            self.acknowledged.append((kept.id, content))

    def wait_for(self, number):
        while len(self.acknowledged) < number:
            assert all(thread.is_alive() for thread in self._threads)
            self._ends.wait(0.01)

    def stop(self):
        self._ends.set()
        for thread in self._threads:
            thread.join(20)


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_under_load_holds_all_that_was_acknowledged_before_and_whatever_it_names(make_shop, tmp_path, kind):
    shop, other = make_shop(kind), make_shop(kind, migrated=False)
    writers = Writers(shop)
    try:
        writers.wait_for(30)
        before = list(writers.acknowledged)
        taken = run(shop, "backup", str(tmp_path / "a.backup"))
        meanwhile = len(writers.acknowledged)
        writers.wait_for(meanwhile + 1)
    finally:
        writers.stop()
    restored = run(other, "restore", str(tmp_path / "a.backup"))

    assert (taken.exit_code, restored.exit_code) == (0, 0), taken.output + restored.output
    rows, files = contents(other)  # reads the bytes of every file that a row names
    assert dict(before).items() <= files.items()
    assert len(rows["files"]) == len(files)
    assert run(other, "db", "upgrade").exit_code == 0
    with other.app_context():
        keep(other, b"it goes on")


def test_a_file_that_is_dropped_while_the_backup_runs_comes_back_with_its_row(make_shop, tmp_path, after_the_dump):
    shop, other = make_shop("sqlite"), make_shop("sqlite", migrated=False)
    kept = keep(shop, b"here today")
    after_the_dump(Sqlite, lambda: files_of(shop).drop(kept.id))

    taken = run(shop, "backup", str(tmp_path / "a.backup"))
    run(other, "restore", str(tmp_path / "a.backup"))

    assert taken.exit_code == 0, taken.output
    assert list(contents(other)[1].values()) == [b"here today"]
    assert sweep(files_of(shop), older_than=timedelta(hours=-1)).orphans == 1


def test_a_restored_database_passes_flask_check(make_shop, tmp_path):
    from click.testing import CliRunner
    from flask.cli import ScriptInfo

    from carboy.cli.check import check

    shop, other = make_shop("sqlite"), make_shop("sqlite", migrated=False)
    run(shop, "backup", str(tmp_path / "a.backup"))
    run(other, "restore", str(tmp_path / "a.backup"))

    result = CliRunner().invoke(check, obj=ScriptInfo(create_app=lambda: other))

    assert result.exit_code == 0, result.output


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_a_database_that_is_not_empty_is_replaced_only_if_that_is_said(make_shop, tmp_path, kind):
    shop, other = make_shop(kind), make_shop(kind)
    keep(shop, b"a file")
    with data_of(other).database.engine().begin() as connection:
        connection.execute(text("CREATE TABLE of_a_newer_release (id INTEGER PRIMARY KEY)"))
    keep(other, b"of the other")
    before = contents(other)
    run(shop, "backup", str(tmp_path / "a.backup"))

    refused = run(other, "restore", str(tmp_path / "a.backup"))
    unchanged = contents(other) == before
    replaced = run(other, "restore", "--replace", str(tmp_path / "a.backup"))

    assert refused.exit_code == 1
    assert "--replace" in refused.output
    assert unchanged
    assert replaced.exit_code == 0, replaced.output
    assert contents(other) == contents(shop)


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def turn_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def be_something_else(path):
    path.write_bytes(gzip.compress(b"no backup"))


def lack_a_file(path):
    change(path, lambda entry, data: None if entry.name.startswith("files/") else data)


def hold_another_database(path):
    change(path, lambda entry, data: data + b"\0" if entry.name == "database" else data)


def lead_out_of_its_folder(path):
    def renamed(entry, data):
        entry.name = entry.name.replace("files/", "../../out-of-the-archive-")
        return data

    change(path, renamed)


DAMAGES = [cut, turn_a_bit, be_something_else, lack_a_file, hold_another_database, lead_out_of_its_folder]


@pytest.mark.long
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_archive_is_refused_and_changes_nothing(make_shop, tmp_path, damage):
    shop, other = make_shop("sqlite"), make_shop("sqlite")
    keep(shop, os.urandom(5000))
    run(shop, "backup", str(tmp_path / "a.backup"))
    before = contents(other)
    damage(tmp_path / "a.backup")

    refused = run(other, "restore", "--replace", str(tmp_path / "a.backup"))

    assert refused.exit_code == 1
    assert "damaged" in refused.output
    assert contents(other) == before
    assert list(files_of(other).store.whole()) == []
    assert not list(tmp_path.parent.glob("**/out-of-the-archive-*"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"revisions": ["f00ba4"]}, "newer release"), ({"dialect": "postgresql"}, "DATABASE_URL"), ({"form": 2}, "form")],
)
def test_a_backup_that_does_not_fit_is_refused_with_what_to_do(make_shop, tmp_path, changes, why):
    shop = make_shop("sqlite")
    run(shop, "backup", str(tmp_path / "a.backup"))
    before = contents(shop)
    told(tmp_path / "a.backup", **changes)

    refused = run(shop, "restore", "--replace", str(tmp_path / "a.backup"))

    assert refused.exit_code == 1
    assert why in refused.output
    assert contents(shop) == before


@pytest.mark.long
@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_program_that_is_missing_is_named_with_what_to_install_and_nothing_is_left(
    make_shop, tmp_path, monkeypatch, kind
):
    shop = make_shop(kind)
    monkeypatch.setattr(shutil, "which", lambda name: None)

    refused = run(shop, "backup", str(tmp_path / "a.backup"))

    assert refused.exit_code == 1
    assert "Install" in refused.output
    assert not [path for path in tmp_path.iterdir() if "backup" in path.name]


def test_a_backup_is_for_its_owner_alone(make_shop, tmp_path, after_the_dump):
    seen = []
    after_the_dump(Sqlite, lambda: seen.extend(made.stat().st_mode & 0o777 for made in tmp_path.glob(".backup-*")))

    run(make_shop("sqlite"), "backup", str(tmp_path / "a.backup"))

    assert (tmp_path / "a.backup").stat().st_mode & 0o777 == 0o600
    assert seen == [0o700]


def test_a_backup_replaces_no_file_and_says_so_before_it_writes_anything_down(make_shop, tmp_path, after_the_dump):
    shop, dumps = make_shop("sqlite"), []
    run(shop, "backup", str(tmp_path / "a.backup"))
    before = (tmp_path / "a.backup").read_bytes()
    after_the_dump(Sqlite, lambda: dumps.append("another"))

    refused = run(shop, "backup", str(tmp_path / "a.backup"))

    assert refused.exit_code == 1
    assert "already" in refused.output
    assert (tmp_path / "a.backup").read_bytes() == before
    assert not dumps


@pytest.mark.long
def test_of_two_backups_to_one_name_the_first_to_end_stays_and_the_other_is_told(make_shop, tmp_path, after_the_dump):
    shop = make_shop("sqlite", files_store="database", files_dir=None)
    ended = []

    def another():
        if not ended:
            ended.append(None)
            ended.append(run(shop, "backup", str(tmp_path / "a.backup")))

    after_the_dump(Sqlite, another)
    refused = run(shop, "backup", str(tmp_path / "a.backup"))

    assert (refused.exit_code, ended[1].exit_code) == (1, 0), refused.output + ended[1].output
    assert "already" in refused.output
    assert run(shop, "restore", "--replace", str(tmp_path / "a.backup")).exit_code == 0
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_where_files_may_not_have_two_names_a_backup_gets_its_one_all_the_same(make_shop, tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    shop = make_shop("sqlite")

    first, second = (run(shop, "backup", str(tmp_path / "a.backup")) for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 1), first.output
    assert run(shop, "restore", "--replace", str(tmp_path / "a.backup")).exit_code == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_migration_need_not_wait_for_a_backup_which_then_says_that_it_is_none(
    make_shop, tmp_path, monkeypatch, after_the_dump, kind
):
    shop = make_shop(kind)
    monkeypatch.setattr(migrate, "LOCK_PATIENCE_SECONDS", 0.5)
    after_the_dump(type(dump_of(data_of(shop).database)), lambda: run(shop, "db", "downgrade"))

    refused = run(shop, "backup", str(tmp_path / "a.backup"))

    assert data_of(shop).migrations.pending(data_of(shop).database) != []
    assert refused.exit_code == 1
    assert "migrated meanwhile" in refused.output
    assert not [path for path in tmp_path.iterdir() if "backup" in path.name]


def test_no_password_is_told_when_a_database_does_not_answer(make_shop, tmp_path):
    url = "postgresql://shop:s3cret@127.0.0.1:1/shop"
    app = create_app(Settings.load(root=tmp_path, environ={}, mode="testing", database_url=url))

    refused = run(app, "backup", str(tmp_path / "a.backup"))

    assert refused.exit_code == 1
    assert "s3cret" not in refused.output
    data_of(app).database.close()


def test_jobs_come_back_too_and_are_run(make_shop, tmp_path):
    shop, other = make_shop("sqlite"), make_shop("sqlite", migrated=False)
    with shop.app_context(), data_of(shop).database.transaction():
        jobs = jobs_of(shop)
        jobs.enqueue(next(handler.function for handler in jobs.handlers.values() if not handler.arguments))
    run(shop, "backup", str(tmp_path / "a.backup"))
    run(other, "restore", str(tmp_path / "a.backup"))

    with data_of(other).database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JOBS)) == 1
        assert session.scalar(select(func.count()).select_from(SCHEDULES)) == 0
