"""A picture that comes in is made anew: it shows the same, and tells nothing more."""

import io
import subprocess
import sys
from pathlib import Path

import pictures
import pytest
from PIL import Image

from carboy.errors import Invalid
from carboy.files import cleaned
from carboy.files.images import FORMATS, squared, thumbnail

BEHIND = b"<script>alert(1)</script>PK\x03\x04SECRET-ARCHIVE"


class Sent:
    def __init__(self, media_type, content):
        self.filename, self.media_type, self.stream = "picture", media_type, io.BytesIO(content)


def opened(picture):
    return Image.open(io.BytesIO(picture.stream.read()))


TELLING = {
    "image/jpeg": pictures.telling_jpeg,
    "image/png": pictures.telling_png,
    "image/gif": pictures.telling_gif,
    "image/webp": pictures.telling_webp,
}


@pytest.mark.parametrize("media_type", TELLING)
def test_a_picture_tells_nothing_but_what_it_shows(media_type):
    sent = TELLING[media_type]() + BEHIND
    assert b"SECRET" in sent

    picture = cleaned(Sent(media_type, sent))

    content = picture.stream.read()
    assert b"SECRET" not in content
    assert b"<script>" not in content
    assert dict(Image.open(io.BytesIO(content)).getexif()) == {}
    assert (picture.filename, picture.media_type) == ("picture", media_type)


@pytest.mark.parametrize("media_type", ["image/png", "image/gif", "image/webp"])
def test_a_picture_shows_what_it_showed(media_type):
    image = opened(cleaned(Sent(media_type, TELLING[media_type]()))).convert("RGB")

    assert image.size == (40, 20)
    assert image.getpixel((5, 10))[0] > 240
    assert image.getpixel((35, 10))[2] > 240


def test_a_picture_that_lies_on_its_side_is_put_upright():
    image = opened(cleaned(Sent("image/jpeg", pictures.telling_jpeg()))).convert("RGB")

    assert image.size == (20, 40)
    assert image.getpixel((10, 5))[0] > 200  # what was on the left is on top
    assert image.getpixel((10, 35))[2] > 200


MODES = {
    "image/png": ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"],
    "image/jpeg": ["1", "L", "RGB", "CMYK"],
    "image/gif": ["1", "L", "LA", "P", "RGB", "RGBA"],
    "image/webp": ["L", "RGB", "RGBA"],
}


@pytest.mark.parametrize(("media_type", "mode"), [(kind, mode) for kind, modes in MODES.items() for mode in modes])
def test_every_kind_of_pixels_is_taken(media_type, mode):
    content = pictures.as_bytes(Image.new(mode, (8, 8)), FORMATS[media_type])

    assert opened(cleaned(Sent(media_type, content))).size == (8, 8)


def test_what_can_be_seen_through_stays_so():
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    palette = pictures.as_bytes(image.convert("P"), "PNG", transparency=0)

    assert opened(cleaned(Sent("image/png", pictures.as_bytes(image, "PNG")))).getpixel((1, 1))[3] == 0
    assert opened(cleaned(Sent("image/png", palette))).has_transparency_data
    assert (
        opened(cleaned(Sent("image/webp", pictures.as_bytes(image, "WEBP")))).convert("RGBA").getpixel((1, 1))[3] == 0
    )


@pytest.mark.parametrize(("media_type", "form"), [("image/gif", "GIF"), ("image/webp", "WEBP")])
def test_a_moving_picture_moves_on(media_type, form):
    image = opened(cleaned(Sent(media_type, pictures.moving(form))))

    durations = []
    for number in range(image.n_frames):
        image.seek(number)
        image.load()
        durations.append(image.info["duration"])
    assert durations == [100, 200, 100]
    assert image.info["loop"] == 0


@pytest.mark.parametrize(("media_type", "form"), [("image/gif", "GIF"), ("image/webp", "WEBP")])
def test_all_frames_count_together(media_type, form):
    moving = Sent(media_type, pictures.moving(form, frames=5))

    assert cleaned(moving, max_pixels=500).stream.read()
    with pytest.raises(Invalid, match="At most 499 pixels"):
        cleaned(moving, max_pixels=499)


def test_a_picture_has_so_many_frames_and_no_more():
    with pytest.raises(Invalid, match="500 frames"):
        cleaned(Sent("image/gif", pictures.moving("GIF", frames=501, size=(2, 2))))


# -- what is refused -------------------------------------------------------------------------------------


def jpeg():
    return pictures.as_bytes(pictures.two_colours((400, 400)), "JPEG")


BROKEN = {
    "a truncated JPEG": ("image/jpeg", lambda: jpeg()[:-200]),
    "a JPEG of its first bytes": ("image/jpeg", lambda: jpeg()[:20]),
    "a truncated PNG": ("image/png", lambda: pictures.telling_png()[:-30]),
    "a truncated WebP": ("image/webp", lambda: pictures.telling_webp()[:60]),
    "a truncated GIF": ("image/gif", lambda: pictures.moving("GIF")[:-30]),
    "a PNG that is said to be a JPEG": ("image/jpeg", pictures.telling_png),
    "a page": ("image/png", lambda: b"<html><script>alert(1)</script>"),
    "a drawing that could run": ("image/png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "a page behind a PNG's first bytes": ("image/png", lambda: b"\x89PNG\r\n\x1a\n<html>"),
    "nothing": ("image/gif", lambda: b""),
    "a drawing, said so": ("image/svg+xml", lambda: b"<svg/>"),
    "a text": ("text/plain", lambda: b"hello"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_whole_picture_of_its_type_is_refused_beside_its_field(case):
    media_type, content = BROKEN[case]

    with pytest.raises(Invalid) as refused:
        cleaned(Sent(media_type, content()), field="photo")

    assert list(refused.value.problems) == ["photo"]


VAST = {
    "image/png": pictures.vast_png,
    "image/png of a few more": lambda: pictures.vast_png(5001, 5000),
    "image/gif": pictures.vast_gif,
    "image/gif that grows": pictures.gif_that_grows,
}


@pytest.mark.parametrize("case", VAST)
def test_a_picture_of_too_many_pixels_is_refused(case):
    with pytest.raises(Invalid, match="At most 25,000,000 pixels"):
        cleaned(Sent(case.partition(" ")[0], VAST[case]()))


def test_a_vast_picture_is_refused_before_it_takes_memory():
    script = (
        "import io, pictures; from types import SimpleNamespace as Sent;"
        "from carboy.errors import Invalid; from carboy.files import cleaned\n"
        "def peak(): return int(next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1])\n"
        "def send(content):\n"
        "    try: cleaned(Sent(filename='', media_type='image/png', stream=io.BytesIO(content)))\n"
        "    except Invalid: return\n"
        "    raise SystemExit('it was taken')\n"
        "send(pictures.vast_png(6000, 5000)); vast = pictures.vast_png(); before = peak()\n"
        "send(vast); print(peak() - before)"
    )

    finished = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(pictures.__file__).parent, capture_output=True, text=True, check=True
    )

    assert int(finished.stdout) < 2048, "KiB"


# -- small ones ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", TELLING)
def test_a_thumbnail_is_small_upright_and_tells_nothing(media_type):
    picture = thumbnail(io.BytesIO(TELLING[media_type]()), media_type)

    content = picture.stream.read()
    image = Image.open(io.BytesIO(content))
    assert (image.format, picture.media_type) == ("WEBP", "image/webp")
    assert image.size == ((20, 40) if media_type == "image/jpeg" else (40, 20))
    assert b"SECRET" not in content


def test_a_thumbnail_fits_into_its_square():
    large = pictures.as_bytes(pictures.two_colours((1600, 800)), "JPEG")

    assert opened(thumbnail(io.BytesIO(large), "image/jpeg")).size == (320, 160)


def test_a_thumbnail_of_a_moving_picture_shows_its_first_frame():
    image = opened(thumbnail(io.BytesIO(pictures.moving("GIF")), "image/gif"))

    assert getattr(image, "n_frames", 1) == 1


# -- square ones -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", TELLING)
def test_a_square_is_as_large_as_was_asked_for_and_tells_nothing(media_type):
    picture = squared(Sent(media_type, TELLING[media_type]() + BEHIND), 64)

    content = picture.stream.read()
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.size, picture.media_type) == ("WEBP", (64, 64), "image/webp")
    assert dict(image.getexif()) == {}
    assert b"SECRET" not in content
    assert b"<script>" not in content


@pytest.mark.parametrize("size", [(3000, 400), (400, 3000), (30, 20), (20, 30)], ids=str)
def test_a_square_shows_the_middle_of_the_picture(size):
    image = Image.new("RGB", size, "red")
    short = min(size)
    left, top = (size[0] - short) // 2, (size[1] - short) // 2
    image.paste("blue", (left, top, left + short, top + short))

    square = opened(squared(Sent("image/png", pictures.as_bytes(image, "PNG")), 64)).convert("RGB")

    assert all(square.getpixel(place)[2] > 200 for place in ((3, 3), (60, 3), (3, 60), (60, 60), (32, 32)))


def test_a_square_of_a_picture_that_lies_on_its_side_is_upright():
    square = opened(squared(Sent("image/jpeg", pictures.telling_jpeg()), 64)).convert("RGB")

    assert square.getpixel((32, 5))[0] > 200  # what was on the left is on top
    assert square.getpixel((32, 60))[2] > 200


@pytest.mark.parametrize("case", [case for case in BROKEN if case != "a truncated GIF"])
def test_of_what_is_no_whole_picture_of_its_type_there_is_no_square(case):
    media_type, content = BROKEN[case]

    with pytest.raises(Invalid) as refused:
        squared(Sent(media_type, content()), 64, field="photo")

    assert list(refused.value.problems) == ["photo"]


@pytest.mark.parametrize("case", [case for case in VAST if case != "image/gif that grows"])
def test_of_a_picture_of_too_many_pixels_there_is_no_square(case):
    with pytest.raises(Invalid, match="At most 25,000,000 pixels"):
        squared(Sent(case.partition(" ")[0], VAST[case]()), 64)
