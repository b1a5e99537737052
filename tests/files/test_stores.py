"""The contract of every store: what was written is there whole, what broke off is not, what is deleted is gone."""

import errno
import os
import signal
from datetime import timedelta

import pytest

from carboy.context import utc_now
from carboy.data import uuid7
from carboy.errors import Busy, SetupError
from carboy.files.stores.bucket import BucketStore
from carboy.files.stores.database import CHUNK, DatabaseStore
from carboy.testing.servers import free_port

DATABASES = [f"database on {kind}" for kind in ("sqlite", "postgresql", "mariadb")]


@pytest.fixture(params=[*DATABASES, "folder", "bucket"])
def store(request, make_files_database):
    if request.param not in DATABASES:
        yield request.getfixturevalue(request.param)
        return
    database = make_files_database(request.param.rpartition(" ")[2])
    yield DatabaseStore(database)
    for key in list(DatabaseStore(database).older_than(utc_now() + timedelta(days=1))):
        DatabaseStore(database).delete(key)


def written(store, *chunks):
    key = uuid7()
    store.write(key, iter(chunks))
    return key


def breaking_off():
    yield b"x" * CHUNK
    yield b"x" * CHUNK
    raise ConnectionError("the sender is gone")


@pytest.mark.parametrize("sizes", [[1], [CHUNK], [CHUNK - 1, 2], [7, CHUNK * 2, 1, 1]], ids=str)
def test_what_was_written_is_read_from_every_place(store, content, sizes):
    whole = content(sum(sizes))[: sum(sizes)]
    pieces, rest = [], whole
    for size in sizes:
        pieces, rest = [*pieces, rest[:size]], rest[size:]

    key = written(store, *pieces)

    assert store.read(key, 0, len(whole)) == whole
    for start in {0, 1, len(whole) // 2, len(whole) - 1} & set(range(len(whole))):
        assert store.read(key, start, 3) == whole[start : start + 3]
        assert store.read(key, start, CHUNK + 1) == whole[start : start + CHUNK + 1]


def test_a_file_of_no_bytes_can_be_written_and_deleted(store):
    key = written(store)

    store.delete(key)


def test_bytes_that_are_not_there_are_an_error(store):
    with pytest.raises(FileNotFoundError):
        store.read(uuid7(), 0, 10)


def test_nothing_is_left_of_what_broke_off(store, keys_in):
    key = uuid7()

    with pytest.raises(ConnectionError):
        store.write(key, breaking_off())

    assert keys_in(store) == set()
    with pytest.raises(FileNotFoundError):
        store.read(key, 0, 1)


def test_what_is_deleted_is_gone_and_the_rest_stays(store, keys_in):
    gone, kept = written(store, b"gone"), written(store, b"kept")

    store.delete(gone)

    assert keys_in(store) == {kept}
    assert store.read(kept, 0, 9) == b"kept"


def test_deleting_what_is_not_there_is_no_fault(store):
    key = written(store, b"once")

    store.delete(key)
    store.delete(key)
    store.delete(uuid7())


def test_only_what_was_written_before_a_moment_is_older_than_it(store):
    key = written(store, b"now")

    assert set(store.older_than(utc_now() - timedelta(minutes=1))) == set()
    assert set(store.older_than(utc_now() + timedelta(minutes=1))) == {key}


def test_a_store_that_works_passes_its_own_check(store, keys_in):
    store.check()

    assert keys_in(store) == set()


def test_a_bucket_that_does_not_answer_is_told_as_busy():
    nobody = BucketStore("shop", endpoint=f"http://127.0.0.1:{free_port()}", key_id="key", secret="secret")

    with pytest.raises(Busy):
        nobody.read(uuid7(), 0, 1)


def test_nobody_else_on_the_machine_reads_what_is_in_a_folder(folder):
    place = folder._place(written(folder, b"private"))

    assert (place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_folder_that_is_gone_is_not_made_anew(folder):
    folder.folder.rmdir()

    with pytest.raises(FileNotFoundError):
        written(folder, b"under a disk that is not mounted")


def test_a_bucket_shows_its_secret_to_nobody():
    assert "hidden" not in repr(BucketStore("shop", key_id="key", secret="hidden"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_is_full_is_told_as_busy_and_nothing_is_left(folder, monkeypatch, number):
    def full(_descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(Busy, match="no room for files"):
        written(folder, b"x" * CHUNK)
    assert [path for path in folder.folder.rglob("*") if path.is_file()] == []


def test_a_folder_is_told_when_nothing_can_be_written(folder):
    folder.folder.rmdir()

    with pytest.raises(FileNotFoundError):
        folder.check()


def test_a_child_of_a_process_that_used_the_bucket_is_told_and_does_not_wait_for_ever(bucket):
    bucket.write(key := uuid7(), iter([b"before"]))
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        try:
            bucket.read(key, 0, 9)
        except SetupError:
            os._exit(0)
        os._exit(1)

    assert os.waitpid(child, 0)[1] == 0
