"""The sweep takes what nobody names, and nothing else."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import delete, event

from carboy.context import utc_now
from carboy.data import uuid7
from carboy.files import sweeping
from carboy.files.stores.database import DatabaseStore
from carboy.files.sweeping import Swept, sweep
from carboy.files.table import FILES
from carboy.files.upkeep import sweep_files
from carboy.jobs.declaring import handler_of

AT_ONCE = timedelta(hours=-1)


@pytest.fixture(params=["database", "folder", "bucket"])
def store(request, sqlite):
    return DatabaseStore(sqlite) if request.param == "database" else request.getfixturevalue(request.param)


@pytest.fixture
def room(sqlite, store, make_files):
    return make_files(sqlite, store)


def test_bytes_that_no_row_names_are_swept_and_all_others_stay(room, store, stream, keys_in):
    kept = room.keep(stream(), owner="user:ada")
    store.write(uuid7(), iter([b"left by a crash"]))

    assert sweep(room, older_than=AT_ONCE) == Swept(expired=0, orphans=1)

    assert keys_in(store) == {kept.id}
    with room.open(kept) as file:
        assert file.read() == stream().read()


def test_bytes_that_have_just_been_written_may_still_get_their_row(room, store, keys_in):
    store.write(key := uuid7(), iter([b"on its way"]))

    assert sweep(room) == Swept(expired=0, orphans=0)

    assert keys_in(store) == {key}


def test_a_row_that_is_committed_during_the_first_look_saves_its_bytes(room, store, keys_in, monkeypatch):
    brought = room.bring(io.BytesIO(b"slow"), name="slow.txt")
    look = sweeping._named

    def looked(*arguments):
        found = look(*arguments)
        monkeypatch.setattr(sweeping, "_named", look)
        room.keep(brought, owner="user:ada")
        return found

    monkeypatch.setattr(sweeping, "_named", looked)

    assert sweep(room, older_than=AT_ONCE).orphans == 0
    assert keys_in(store) == {brought.id}


def test_files_whose_time_is_over_are_dropped_with_all_their_forms(room, store, stream, keys_in, clock):
    expiring = room.keep(stream(), owner="user:ada", expires_at=utc_now() + timedelta(hours=2))
    room.keep_variant(expiring, "thumbnail", type("Small", (), {"filename": "", "media_type": "", "stream": stream()}))
    staying = room.keep(stream(), owner="user:ada", expires_at=utc_now() + timedelta(hours=4))
    clock.shift(3 * 3600)

    assert sweep(room).expired == 1

    assert keys_in(store) == {staying.id}
    assert room.used_by("user:ada") == staying.size


def test_bytes_of_a_file_that_another_store_has_are_swept(room, store, stream, make_files, sqlite, tmp_path, keys_in):
    kept = room.keep(stream(), owner="user:ada")
    with sqlite.transaction() as session:
        session.execute(FILES.update().values(store="elsewhere"))

    assert sweep(room, older_than=AT_ONCE).orphans == 1

    assert kept.id not in keys_in(store)


def test_more_than_one_look_of_the_sweep_finds_every_orphan(sqlite, folder, make_files, monkeypatch, keys_in):
    monkeypatch.setattr(sweeping, "_LOOK_AT", 3)
    for _ in range(8):
        folder.write(uuid7(), iter([b"x"]))

    assert sweep(make_files(sqlite, folder), older_than=AT_ONCE).orphans == 8

    assert keys_in(folder) == set()


def test_what_is_none_of_ours_stays_in_the_folder(sqlite, folder, make_files):
    (folder.folder / "README").write_text("not ours")
    (folder.folder / "ab").mkdir()
    (folder.folder / "ab" / "notes.txt").write_text("not ours")

    sweep(make_files(sqlite, folder), older_than=AT_ONCE)

    assert (folder.folder / "README").exists()
    assert (folder.folder / "ab" / "notes.txt").exists()


def test_a_file_that_a_row_of_the_applications_names_stays_and_the_others_go(room, stream, clock):
    held, _free = [room.keep(stream(), owner="user:ada", expires_at=utc_now() + timedelta(hours=1)) for _ in range(2)]
    clock.shift(2 * 3600)

    def refuse(_connection, _cursor, statement, parameters, _context, _many):
        if statement.startswith("DELETE FROM files") and held.id.hex in str(parameters):
            raise sqlite_foreign_key()

    engine = room.database.engine()
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        assert sweep(room).expired == 1
    finally:
        event.remove(engine, "before_cursor_execute", refuse)
    with room.database.transaction() as session:
        assert session.execute(delete(FILES)).rowcount == 1


def sqlite_foreign_key():
    from carboy.errors import Conflict

    return Conflict("another row names it")


def test_the_sweep_is_asked_for_every_day(room, store):
    store.write(uuid7(), iter([b"young"]))

    assert sweep_files(files=room) == {"expired": 0, "orphans": 0}
    assert handler_of(sweep_files).name == "carboy.files.sweep"
