"""Pictures, made anew: what was hidden in them, behind them or about them stays outside.

    picture = cleaned(upload)  # Invalid, if it is no whole picture of the type that it is said to be

What a decoder needs is known before it begins: size and frames are read from the header.
"""

import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from carboy.errors import CarboyError, Invalid, SetupError

if TYPE_CHECKING:
    from PIL.Image import Image

    from carboy.files.incoming import Upload

log = logging.getLogger("carboy.files")

FORMATS: Mapping[str, str] = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
MAX_PIXELS = 25_000_000
MOST_FRAMES = 500
SMALL = (320, 320)

_MOVING = ("GIF", "WEBP")
_QUALITY: Mapping[str, Mapping[str, Any]] = {"JPEG": {"quality": 90}, "WEBP": {"quality": 90}}
# What the encoders take as it is; all else becomes one of these.
_MODES: Mapping[str, Sequence[str]] = {
    "PNG": ("1", "L", "LA", "P", "I;16", "RGB", "RGBA"),
    "JPEG": ("L", "RGB"),
    "GIF": ("1", "L", "P", "RGB", "RGBA"),
    "WEBP": ("RGB", "RGBA"),
}
_NEEDED = ("transparency", "background")  # of what is noted in a picture, this is part of what it shows


@dataclass(frozen=True)
class Picture:
    """A picture that we have made ourselves."""

    filename: str
    media_type: str
    stream: IO[bytes]


@dataclass(frozen=True)
class _Rules:
    media_type: str
    max_pixels: int
    field: str

    @property
    def format(self) -> str:
        if self.media_type not in FORMATS:
            raise self.refusal(f"A picture is needed: {', '.join(FORMATS)}.")
        return FORMATS[self.media_type]

    def refuse_too_many(self, image: "Image", frames: int = 1) -> None:
        if image.width * image.height * frames > self.max_pixels or frames > MOST_FRAMES:
            raise self.too_many()

    def too_many(self) -> Invalid:
        return self.refusal(
            f"At most {self.max_pixels:,} pixels and {MOST_FRAMES} frames, all frames counted together."
        )

    def refusal(self, sentence: str) -> Invalid:
        return Invalid(sentence, {self.field: [sentence]})


def cleaned(upload: "Upload", *, max_pixels: int = MAX_PIXELS, field: str = "file") -> Picture:
    """Return the picture without metadata, upright, and with nothing behind its end.

    Invalid, told beside the `field`, if it is not a whole picture of its declared type, or has more pixels than this,
    all of its frames together.
    """
    upload.stream.seek(0)
    rules = _Rules(upload.media_type, max_pixels, field)
    with _opened(upload.stream, rules) as image:
        return Picture(upload.filename, upload.media_type, _written(image, rules))


def squared(upload: "Upload", side: int, *, max_pixels: int = MAX_PIXELS, field: str = "file") -> Picture:
    """Return the middle of the picture's first frame as a WebP, so many pixels wide and high: a face beside a name.

    What is refused is what `cleaned` refuses, but for what comes after the first frame: nobody looks at that.
    """
    upload.stream.seek(0)
    with _first_frame(upload.stream, _Rules(upload.media_type, max_pixels, field), (side, side)) as image:
        from PIL.ImageOps import fit

        return Picture("picture.webp", "image/webp", _saved(fit(image, (side, side)), "WEBP"))


def thumbnail(picture: IO[bytes], media_type: str, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """Return a small WebP of the picture's first frame."""
    with _first_frame(picture, _Rules(media_type, max_pixels, "file"), SMALL) as image:
        image.thumbnail(SMALL)
        return Picture("thumbnail.webp", "image/webp", _saved(image, "WEBP"))


@contextmanager
def _first_frame(stream: IO[bytes], rules: _Rules, wanted: tuple[int, int]) -> "Iterator[Image]":
    """Yield what is to be seen of it at first; of a JPEG no more is decoded than this size wants."""
    with _opened(stream, rules) as image:
        image.draft(None, wanted)
        yield _bare(image, "WEBP")


@contextmanager
def _opened(stream: IO[bytes], rules: _Rules) -> "Iterator[Image]":
    form = rules.format
    try:
        # This one format and no other: the rest of the decoders never see what strangers send.
        with _pillow().open(stream, formats=[form]) as image:
            rules.refuse_too_many(image)
            yield image
    except CarboyError:
        raise
    except Exception as error:
        # Decoders fail in every way there is on what was made to break them.
        if type(error).__name__.startswith("DecompressionBomb"):
            raise rules.too_many() from error
        log.info("a picture could not be read", exc_info=True)
        raise rules.refusal("The picture is broken, or not of the type that it is said to be.") from error


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise SetupError("Pictures need a package that is missing: pip install carboy[images]") from None
    return Image


def _written(image: "Image", rules: _Rules) -> IO[bytes]:
    if rules.format not in _MOVING or not getattr(image, "is_animated", False):
        return _saved(_bare(image, rules.format), rules.format)
    times: list[int] = []
    first, *others = _frames(image, rules, times)
    moving = {"save_all": True, "append_images": others, "duration": times, "loop": image.info.get("loop", 1)}
    return _saved(first, rules.format, **moving)


def _frames(image: "Image", rules: _Rules, times: list[int]) -> "Iterator[Image]":
    """Yield each frame, and note how long it is shown. Counted as they come: a header may lie about their number."""
    from PIL.ImageSequence import Iterator as Frames

    for number, frame in enumerate(Frames(image), 1):
        rules.refuse_too_many(frame, number)
        yield _bare(frame, rules.format, "RGBA")
        times.append(int(frame.info.get("duration", 0)))


def _bare(image: "Image", form: str, mode: str = "") -> "Image":
    """Return what is to be seen, upright, and no notes."""
    image.load()
    upright = _upright(image)
    wanted = mode or _mode(upright, form)
    if upright.mode != wanted:
        upright = upright.convert(wanted)
    upright.info = {name: value for name, value in upright.info.items() if name in _NEEDED}
    return upright


def _upright(image: "Image") -> "Image":
    from PIL.ImageOps import exif_transpose

    try:
        return exif_transpose(image)
    except Exception:  # noqa: BLE001  (broken notes about a picture that is whole)
        return image.copy()


def _mode(image: "Image", form: str) -> str:
    if image.mode in _MODES[form]:
        return image.mode
    return "RGBA" if image.has_transparency_data and "RGBA" in _MODES[form] else "RGB"


def _saved(image: "Image", form: str, **options: Any) -> IO[bytes]:
    # In memory, where its pixels are already: it takes less than they do.
    file = io.BytesIO()
    image.save(file, form, **_QUALITY.get(form, {}), **options)
    file.seek(0)
    return file
