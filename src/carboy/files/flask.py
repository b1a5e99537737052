"""The files of the application that is at work, `files()`, and how one is sent: `return sent(kept)`."""

from http import HTTPStatus

from flask import Flask, current_app, request

from carboy.errors import SetupError
from carboy.files.kept import Kept
from carboy.files.reading import part_of
from carboy.files.room import Files
from carboy.files.serving import PICTURES, content_type, disposition, part_wanted
from carboy.web.endpoints.answers import Bytes
from carboy.web.preconditions import etag_of, if_none_match

# Whoever opens the address itself sees no more than bytes: nothing in it is run, nor sends for anything.
_POLICY = "default-src 'none'; sandbox"


def files_of(app: Flask) -> Files:
    """Return the files of this application."""
    try:
        room: Files = app.extensions["carboy.files"]
    except KeyError:
        raise SetupError(
            f"App {app.name!r} keeps no files. Call carboy.files.init_app(app) where the application is made."
        ) from None
    return room


def files() -> Files:
    """Return the files of the application that is at work."""
    return files_of(current_app)


def sent(kept: Kept, *, inline: bool = False) -> Bytes:
    """Return the answer that sends this file, or the part of it that was asked for, to be saved.

    With `inline`, pictures are shown. Browsers ask each time whether it is still good, since somebody may have lost
    the right to it.
    """
    headers = {
        "Content-Type": content_type(kept.media_type),
        "Content-Disposition": disposition(kept.name, inline=inline and kept.media_type in PICTURES),
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "ETag": etag_of(kept.digest),
    }
    if if_none_match(headers["ETag"]):
        return Bytes(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    part = _part(kept, headers["ETag"])
    if part is None:
        return _bytes(kept, range(kept.size), HTTPStatus.OK, headers)
    if not part:
        headers["Content-Range"] = f"bytes */{kept.size}"
        return Bytes(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{kept.size}"
    return _bytes(kept, part, HTTPStatus.PARTIAL_CONTENT, headers)


def _part(kept: Kept, etag: str) -> range | None:
    """Return the part that was asked for, unless it was to be a part of another version."""
    if request.method != "GET" or request.headers.get("If-Range", etag).strip() != etag:
        return None
    return part_wanted(request.headers.get("Range"), kept.size)


def _bytes(kept: Kept, part: range, status: HTTPStatus, headers: dict[str, str]) -> Bytes:
    headers["Content-Length"] = str(len(part))
    if request.method == "HEAD":
        return Bytes(status=status, headers=headers)
    reader = files().open(kept)
    reader.peek(1)  # bytes that are not there are an error now, and not in the middle of an answer
    response = Bytes(part_of(reader, part), status, headers, direct_passthrough=True)
    response.call_on_close(reader.close)
    return response
