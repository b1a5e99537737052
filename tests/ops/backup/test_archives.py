"""An archive of another form, or for which there is no room, is refused in a sentence, and changes nothing."""

import resource
from contextlib import contextmanager

import pytest
from backup_steps import change, contents, keep, run, told

from carboy.data.flask import data_of
from carboy.ops.backup import archive

pytestmark = pytest.mark.long


@pytest.fixture
def shop(make_shop, tmp_path):
    """A shop with a backup, `a.backup`."""
    shop = make_shop("sqlite")
    keep(shop, b"a file" * 1000)
    assert run(shop, "backup", str(tmp_path / "a.backup")).exit_code == 0
    return shop


def refusal(app, path, *words):
    """What is said by a restore that must change nothing and leave nothing."""
    before = contents(app)
    refused = run(app, "restore", "--replace", str(path), *words)
    assert contents(app) == before
    assert list(path.parent.glob(".restore-*")) == []
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: "), refused.output
    assert "Nothing was changed" in refused.output
    return refused.output


@pytest.mark.parametrize("form", [b"[]", b"null", b"{}", b"\xff", b""])
def test_a_manifest_of_no_form_is_refused(shop, tmp_path, form):
    change(tmp_path / "a.backup", lambda entry, data: form if entry.name == "manifest.json" else data)

    assert "manifest" in refusal(shop, tmp_path / "a.backup")


@pytest.mark.parametrize(
    "changes",
    [{"revisions": None}, {"revisions": [1]}, {"revisions": "f00"}, {"sums": []}, {"dialect": ["sqlite"]}, {"form": 2}],
)
def test_a_manifest_that_says_a_thing_in_another_form_is_refused_by_that_things_name(shop, tmp_path, changes):
    told(tmp_path / "a.backup", **changes)

    assert next(iter(changes)) in refusal(shop, tmp_path / "a.backup")


@pytest.mark.parametrize("name", ["files/readme.txt", "database", "files/../database", "files"])
def test_an_entry_that_a_backup_never_has_is_refused(shop, tmp_path, name):
    def renamed(entry, data):
        if entry.name.startswith("files/"):
            entry.name = name
        return data

    change(tmp_path / "a.backup", renamed)

    assert "none of ours" in refusal(shop, tmp_path / "a.backup")


@pytest.mark.parametrize("name", ["database", "manifest.json"])
def test_an_archive_that_lacks_what_every_backup_has_is_refused(shop, tmp_path, name):
    change(tmp_path / "a.backup", lambda entry, data: None if entry.name == name else data)

    assert f"no {name}" in refusal(shop, tmp_path / "a.backup")


def test_an_archive_for_which_there_is_no_room_is_refused_before_it_fills_the_disk(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda _folder: archive.shutil._ntuple_diskusage(10, 9, 1))

    assert "--unpack-in" in refusal(shop, tmp_path / "a.backup")


@contextmanager
def files_of_at_most(size):
    """As on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_up_is_told_as_that_and_not_as_a_damaged_archive(shop, tmp_path):
    with files_of_at_most(20_000):
        refused = refusal(shop, tmp_path / "a.backup")

    assert "--unpack-in" in refused
    assert "damaged" not in refused


def test_a_backup_that_finds_the_disk_full_says_so_and_leaves_nothing(shop, tmp_path):
    with files_of_at_most(20_000):
        refused = run(shop, "backup", str(tmp_path / "b.backup"))

    assert refused.exit_code == 1
    assert refused.output.startswith("Error: SQLite refuses: "), refused.output
    assert not [path for path in tmp_path.iterdir() if "b.backup" in path.name or path.name.startswith(".")]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_there_is_no_backup_of_nothing(make_shop, tmp_path, kind):
    refused = run(make_shop(kind, migrated=False), "backup", str(tmp_path / "a.backup"))

    assert refused.exit_code == 1
    assert "flask db upgrade" in refused.output
    assert not [path for path in tmp_path.iterdir() if "backup" in path.name]


@pytest.mark.parametrize("chosen", [True, False])
def test_an_archive_is_unpacked_beside_itself_or_where_one_says(shop, tmp_path, monkeypatch, chosen):
    (tmp_path / "elsewhere").mkdir()
    seen, unpack = [], archive.unpack
    monkeypatch.setattr(
        "carboy.ops.backup.restoring.unpack", lambda source, folder: seen.append(folder) or unpack(source, folder)
    )
    words = ["--unpack-in", str(tmp_path / "elsewhere")] if chosen else []

    restored = run(shop, "restore", "--replace", str(tmp_path / "a.backup"), *words)

    assert restored.exit_code == 0, restored.output
    assert seen[0].parent == (tmp_path / "elsewhere" if chosen else tmp_path)


def test_files_in_a_bucket_are_said_not_to_be_in_it(shop, tmp_path):
    with data_of(shop).database.engine().begin() as connection:
        connection.exec_driver_sql("UPDATE files SET store = 's3'")

    assert "1 files that lie in a bucket" in run(shop, "backup", str(tmp_path / "b.backup")).output


def test_files_whose_bytes_are_nowhere_are_told_after_a_restore(shop, make_shop, tmp_path):
    for _key, path in list(shop.extensions["carboy.files"].store.whole()):
        path.unlink()
    run(shop, "backup", str(tmp_path / "b.backup"))

    restored = run(make_shop("sqlite", migrated=False), "restore", str(tmp_path / "b.backup"))

    assert restored.exit_code == 0, restored.output
    assert "1 files are named" in restored.output
