"""How a file is sent: which type it may say, which name it has, which part of it was asked for. Knows no Flask."""

import re
import unicodedata
from urllib.parse import quote

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
# Nothing that a browser would run. Whatever else a file is said to be, it is sent as bytes.
_AS_SAID = (*PICTURES, "application/pdf", "application/zip", "application/json")
_TEXTS = ("text/plain", "text/csv")
BYTES = "application/octet-stream"

_RANGE = re.compile(r"bytes=[ \t]*(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{0,18})|-(?P<suffix>[0-9]{1,18}))[ \t]*")


def content_type(media_type: str) -> str:
    """Return the type to send it as."""
    if media_type in _TEXTS:
        return f"{media_type}; charset=utf-8"
    return media_type if media_type in _AS_SAID else BYTES


def disposition(name: str, *, inline: bool) -> str:
    """Return the header (RFC 6266): the name for everybody in ASCII, and as it is for those who read RFC 8187."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^ !#$&+.0-9A-Za-z^_`{}~()\[\],=@-]", "_", plain) or "file"
    exact = quote(name, safe="!#$&+-.^_`|~")
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{exact}"


def part_wanted(header: str | None, size: int) -> range | None:
    """Return the bytes that a Range header asks for, an empty range if there are none of them.

    None where it asks for nothing that we give in parts: no range, several, another unit (RFC 9110, 14.2: ignored).
    """
    match = _RANGE.fullmatch(header or "")
    if match is None:
        return None
    if match["suffix"] is not None:
        return range(max(0, size - int(match["suffix"])), size)
    first = int(match["first"])
    last = int(match["last"]) if match["last"] else size - 1
    if match["last"] and last < first:
        return None
    return range(min(first, size), min(last + 1, size))
