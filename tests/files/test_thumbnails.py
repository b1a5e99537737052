"""Thumbnails are made in the background, and a picture that none can be made of stays as it is."""

import io

import pictures
import pytest
from sqlalchemy import func, select

from carboy.files import THUMBNAIL, want_thumbnail
from carboy.files.joining import join
from carboy.files.thumbnails import make_thumbnail
from carboy.jobs import Cancel, Done
from carboy.jobs.table import JOBS
from carboy.jobs.workplace import Workplace


@pytest.fixture
def keep(room):
    def keep_picture(content, media_type="image/png"):
        return room.keep(io.BytesIO(content), owner="user:ada", name="p", media_type=media_type)

    return keep_picture


def test_a_thumbnail_is_kept_beside_its_picture(room, keep):
    kept = keep(pictures.as_bytes(pictures.two_colours((900, 900)), "PNG"))

    assert make_thumbnail(kept.id, files=room) == Done()

    (small,) = room.variants_of([kept.id])
    assert (small.variant, small.media_type, small.owner) == (THUMBNAIL, "image/webp", "user:ada")
    assert room.used_by("user:ada") == kept.size
    with room.open(small) as file:
        assert file.read(4) == b"RIFF"


def test_asking_twice_makes_one_thumbnail(room, keep):
    kept = keep(pictures.telling_png())

    make_thumbnail(kept.id, files=room)
    make_thumbnail(kept.id, files=room)

    assert len(room.variants_of([kept.id])) == 1


@pytest.mark.parametrize("content", [pictures.vast_png(), b"GIF89a", b"", pictures.telling_png()[:-40]])
def test_a_picture_that_no_thumbnail_can_be_made_of_stays_as_it_is(room, keep, content):
    kept = keep(content)

    assert isinstance(make_thumbnail(kept.id, files=room), Cancel)

    assert room.find(kept.id) == kept
    assert room.variants_of([kept.id]) == []


def test_a_picture_that_is_gone_needs_no_thumbnail(room, keep):
    kept = keep(pictures.telling_png())
    room.drop(kept.id)

    assert isinstance(make_thumbnail(kept.id, files=room), Cancel)


def test_a_thumbnail_that_comes_too_late_leaves_nothing(room, keep, keys_in):
    from carboy.files.images import thumbnail

    kept = keep(pictures.telling_png())
    small = thumbnail(io.BytesIO(pictures.telling_png()), "image/png")
    room.drop(kept.id)

    with pytest.raises(Exception, match=r"FOREIGN KEY|already|there"):
        room.keep_variant(kept, THUMBNAIL, small)

    assert keys_in(room.store) == set()


def test_it_is_asked_for_in_the_transaction_that_keeps_the_picture_and_done_by_a_worker(room, keep):
    join(room)
    with room.database.transaction():
        kept = keep(pictures.telling_png())
        want_thumbnail(room, kept)
        want_thumbnail(room, keep(b"a,b", "text/csv"))
    workplace = Workplace(room.jobs)

    workplace.run(workplace.claim(("default",)))

    workplace.close()
    assert len(room.variants_of([kept.id])) == 1
    with room.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JOBS)) == 1
