"""A file is kept with the transaction that keeps it, or not at all."""

import hashlib
import os
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from carboy.context import utc_now
from carboy.errors import Invalid, SetupError
from carboy.files.table import FILE_OWNERS, FILES

ADA, BOB = "user:ada", "user:bob"


@pytest.fixture(params=["database", "folder"])
def room(request, database, folder, make_files):
    return make_files(database, folder if request.param == "folder" else None)


@pytest.fixture
def rows(database):
    """How many files there are rows of."""

    def count():
        with database.reading() as session:
            return session.scalar(select(func.count()).select_from(FILES))

    return count


def bytes_of(room, kept):
    with room.open(kept) as file:
        return file.read()


def test_a_file_that_is_kept_is_found_and_read_as_it_came(room, stream):
    with room.database.transaction():
        kept = room.keep(stream(600_000), owner=ADA, name="plan.pdf", media_type="application/pdf")

    assert room.find(kept.id) == kept
    assert (kept.name, kept.media_type, kept.size) == ("plan.pdf", "application/pdf", 600_000)
    assert bytes_of(room, kept) == stream(600_000).read()
    assert kept.digest == hashlib.sha256(stream(600_000).read()).hexdigest()


def test_a_rollback_leaves_no_row_no_bytes_and_nothing_charged(room, stream, rows, keys_in):
    with pytest.raises(ZeroDivisionError), room.database.transaction():
        room.keep(stream(), owner=ADA)
        raise ZeroDivisionError

    assert (rows(), keys_in(room.store), room.used_by(ADA)) == (0, set(), 0)


def test_a_savepoint_that_is_undone_takes_its_file_with_it(room, stream, keys_in):
    with room.database.transaction():
        kept = room.keep(stream(), owner=ADA)
        with suppress(ZeroDivisionError), room.database.savepoint():
            room.keep(stream(), owner=ADA)
            raise ZeroDivisionError

    assert keys_in(room.store) == {kept.id}
    assert room.used_by(ADA) == kept.size


def test_without_a_transaction_keeping_is_one_of_its_own(room, stream):
    kept = room.keep(stream(), owner=ADA)

    assert room.find(kept.id) == kept


def test_nothing_is_kept_where_only_reading_is_open(room, stream, rows):
    with pytest.raises(SetupError), room.database.reading():
        room.keep(stream(), owner=ADA)

    assert rows() == 0


def test_bytes_are_brought_before_the_transaction_that_keeps_them(room, stream):
    brought = room.bring(stream(), name="plan.txt", media_type="text/plain")
    with room.database.transaction():
        kept = room.keep(brought, owner=ADA)

    assert (kept.id, kept.name) == (brought.id, "plan.txt")
    assert bytes_of(room, kept) == stream().read()


def test_a_file_of_no_bytes_is_a_file(room, stream):
    kept = room.keep(stream(0), owner=ADA)

    assert bytes_of(room, kept) == b""
    assert kept.size == 0


def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(database, make_files, stream, rows, keys_in):
    room = make_files(database, max_bytes=1000)

    with pytest.raises(Invalid, match="At most 1000 bytes"):
        room.keep(stream(1001), owner=ADA)

    assert (rows(), keys_in(room.store)) == (0, set())
    assert room.keep(stream(1000), owner=ADA).size == 1000


# -- what an owner may keep ------------------------------------------------------------------------------


def test_what_goes_beyond_the_quota_is_refused_and_leaves_nothing(database, folder, make_files, stream, keys_in):
    room = make_files(database, folder, quota_bytes=100)
    room.keep(stream(60), owner=ADA)

    with pytest.raises(Invalid, match="100 bytes together") as refused:
        room.keep(stream(41), owner=ADA)
    room.keep(stream(100), owner=BOB)
    room.keep(stream(40), owner=ADA)

    assert list(refused.value.problems) == ["file"]
    assert (room.used_by(ADA), room.used_by(BOB), len(keys_in(folder))) == (100, 100, 3)


def test_many_uploads_at_once_never_go_beyond_the_quota(database, folder, make_files, stream, at_once, keys_in):
    room = make_files(database, folder, quota_bytes=50)

    uploads = at_once(lambda: room.keep(stream(20), owner=ADA), threads=6)

    kept = [one.result() for one in uploads if one.exception() is None]
    refused = [one.exception() for one in uploads if one.exception() is not None]
    assert (len(kept), {type(one) for one in refused}) == (2, {Invalid}), refused
    assert (room.used_by(ADA), len(keys_in(folder))) == (40, 2)


def test_what_is_dropped_can_be_kept_anew(database, folder, make_files, stream):
    room = make_files(database, folder, quota_bytes=50)
    kept = room.keep(stream(50), owner=ADA)

    room.drop(kept.id)

    assert room.used_by(ADA) == 0
    assert room.keep(stream(50), owner=ADA).size == 50


def test_the_applications_own_work_is_neither_bound_nor_counted(database, folder, make_files, stream):
    room = make_files(database, folder, quota_bytes=50, max_bytes=50)

    kept = room.keep(stream(500), owner=ADA, charged=False)

    assert room.used_by(ADA) == 0
    assert room.drop(kept.id)
    assert room.used_by(ADA) == 0


# -- dropping --------------------------------------------------------------------------------------------


def test_bytes_go_after_the_commit_that_drops_their_row_and_not_before(room, stream, keys_in):
    kept = room.keep(stream(), owner=ADA)

    with room.database.transaction():
        assert room.drop(kept.id)
        assert keys_in(room.store) == {kept.id}

    assert (room.find(kept.id), keys_in(room.store)) == (None, set())


def test_a_drop_that_is_undone_has_dropped_nothing(room, stream):
    kept = room.keep(stream(), owner=ADA)

    with pytest.raises(ZeroDivisionError), room.database.transaction():
        room.drop(kept.id)
        raise ZeroDivisionError

    assert bytes_of(room, room.find(kept.id)) == stream().read()
    assert room.used_by(ADA) == kept.size


def test_dropping_twice_at_once_gives_the_bytes_back_once(room, stream, at_once):
    room.keep(stream(30), owner=ADA)
    kept = room.keep(stream(20), owner=ADA)

    drops = at_once(lambda: room.drop(kept.id), threads=4)

    assert sorted(one.result() for one in drops) == [False, False, False, True]
    assert room.used_by(ADA) == 30


def test_the_other_forms_of_a_file_fall_with_it(room, stream, rows, keys_in):
    kept = room.keep(stream(), owner=ADA)
    small = room.keep_variant(kept, "thumbnail", Sent("small.webp", "image/webp", stream(3)))

    assert room.variants_of([kept.id]) == [small]
    room.drop(kept.id)

    assert (rows(), keys_in(room.store), room.used_by(ADA)) == (0, set(), 0)


class Sent:
    """An upload, as the door gives it to a view."""

    def __init__(self, filename, media_type, stream):
        self.filename, self.media_type, self.stream = filename, media_type, stream


def test_an_upload_is_kept_from_its_start_under_the_last_part_of_its_name(room, stream):
    upload = Sent("../../etc/plan.txt", "text/plain", stream())
    upload.stream.read(4)

    kept = room.keep(upload, owner=ADA)

    assert (kept.name, kept.media_type) == ("plan.txt", "text/plain")
    assert bytes_of(room, kept) == stream().read()


# -- finding and reading ---------------------------------------------------------------------------------


def test_a_file_whose_time_is_over_is_not_found(room, stream, clock):
    kept = room.keep(stream(), owner=ADA, expires_at=utc_now() + timedelta(hours=1))
    assert room.find(kept.id) == kept

    clock.shift(3600)

    assert room.find(kept.id) is None


def test_files_are_found_together_in_the_order_in_which_they_came(room, stream):
    first, _second, third = [room.keep(stream(), owner=ADA) for _ in range(3)]

    assert room.find_all([third.id, first.id]) == [first, third]


def test_a_reader_goes_to_any_place_and_holds_no_connection(room, stream):
    kept = room.keep(stream(600_000), owner=ADA)
    whole = stream(600_000).read()

    with room.open(kept) as file:
        assert file.read(10) == whole[:10]
        assert file.seek(-100, 2) == 599_900
        assert file.read() == whole[-100:]
        assert file.seek(262_000) == 262_000
        assert file.read(1000) == whole[262_000:263_000]
        assert sum(engine.pool.checkedout() for engine in room.database._engines.values()) == 0


def test_a_reader_whose_bytes_go_away_says_so_and_does_not_end_early(room, stream):
    kept = room.keep(stream(600_000), owner=ADA)

    with room.open(kept) as file:
        file.read(10)
        room.drop(kept.id)
        with pytest.raises(FileNotFoundError):
            file.read()


def test_a_file_that_somebody_cut_short_says_so_and_does_not_end_early(database, folder, make_files, stream):
    room = make_files(database, folder)
    kept = room.keep(stream(600_000), owner=ADA)
    os.truncate(folder._place(kept.id), 300_000)

    with room.open(kept) as file, pytest.raises(FileNotFoundError):
        file.read()


def test_a_file_in_a_store_that_is_set_up_no_more_says_what_is_wrong(database, folder, make_files, stream):
    kept = make_files(database, folder).keep(stream(), owner=ADA)

    with pytest.raises(SetupError, match="'folder'"):
        make_files(database).open(kept)


def test_owners_without_files_use_nothing(room):
    assert room.used_by("user:nobody") == 0
    with room.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(FILE_OWNERS)) == 0
