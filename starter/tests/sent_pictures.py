"""Pictures as people send them."""

import io
from dataclasses import dataclass, field

from PIL import Image


def picture(form="PNG", size=(400, 300), colour="teal", **options):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form, **options)
    return file.getvalue()


def opened(answer):
    return Image.open(io.BytesIO(answer.data))


def huge():
    """Twenty thousand pixels by twenty thousand, of which nothing is decoded."""
    content = bytearray(picture("PNG", (1, 1)))
    content[16:24] = (20_000).to_bytes(4) * 2
    return bytes(content)


HOSTILE_PICTURES = {
    "a drawing that runs scripts": (b"<svg onload=alert(1)>", "p.svg", "image/svg+xml"),
    "the same, called a picture": (b"<svg onload=alert(1)>", "p.png", "image/png"),
    "a page, called a picture": (b"<script>alert(1)</script>", "p.png", "image/png"),
    "a picture of another kind": (picture("GIF"), "p.png", "image/png"),
    "half a picture": (picture("JPEG", (400, 400))[:900], "p.jpg", "image/jpeg"),
}


@dataclass
class Sent:
    """A picture that has come through the door."""

    filename: str = "me.png"
    media_type: str = "image/png"
    stream: io.BytesIO = field(default_factory=lambda: io.BytesIO(picture()))
