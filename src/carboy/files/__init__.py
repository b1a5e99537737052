"""Files that people send: kept in the transaction of the change that names them. Start reading at room.py.

table.py      the rows; kept.py: what is known of one; names.py: names made harmless; sizes.py: bytes in words
room.py       `Files`: keep, find, open, drop; incoming.py: what comes; quotas.py: how much an owner may keep
stores/       where the bytes are: database, folder, bucket; choosing.py: which; reading.py: a file of them
images.py     pictures, made anew; thumbnails.py: small ones, in the background
sweeping.py   what is swept away; upkeep.py: when
serving.py    how a file is sent; flask.py, wiring.py, cli.py: here Flask is known, and nowhere else
joining.py, listing.py
"""

from typing import TYPE_CHECKING

from carboy import front

if TYPE_CHECKING:
    from carboy.files.flask import files, sent
    from carboy.files.images import cleaned
    from carboy.files.kept import Kept
    from carboy.files.room import Files
    from carboy.files.serving import PICTURES
    from carboy.files.sweeping import sweep
    from carboy.files.thumbnails import THUMBNAIL, want_thumbnail
    from carboy.files.wiring import init_app

__all__ = [
    "PICTURES", "THUMBNAIL", "Files", "Kept", "cleaned", "files", "init_app", "sent", "sweep", "want_thumbnail",
]  # fmt: skip

_ROOMS = {
    "carboy.files.flask": ("files", "sent"),
    "carboy.files.images": ("cleaned",),
    "carboy.files.kept": ("Kept",),
    "carboy.files.room": ("Files",),
    "carboy.files.serving": ("PICTURES",),
    "carboy.files.sweeping": ("sweep",),
    "carboy.files.thumbnails": ("THUMBNAIL", "want_thumbnail"),
    "carboy.files.wiring": ("init_app",),
}
__getattr__, __dir__ = front.opening(__name__, __all__, _ROOMS)
