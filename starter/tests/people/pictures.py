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


@dataclass
class Sent:
    """A picture that has come through the door."""

    filename: str = "me.png"
    media_type: str = "image/png"
    stream: io.BytesIO = field(default_factory=lambda: io.BytesIO(picture()))
