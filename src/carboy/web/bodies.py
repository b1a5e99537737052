"""A request's body arrives whole and within its limit, or not at all.

Werkzeug checks a body against its announced length. Two kinds slip through: one without a length (chunked), which it
cuts at the limit and hands on as if that were all, and one that a server declares complete although it broke off.
"""

import io
from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

from carboy import settings as settings_room

if TYPE_CHECKING:
    from flask import Flask, Request


def init_app(app: "Flask") -> None:
    """Answer 400 to a body that breaks off and 413 to one that goes on beyond the limit."""
    if app.config["MAX_CONTENT_LENGTH"] is None:
        app.config["MAX_CONTENT_LENGTH"] = settings_room.of(app).max_content_length

    @app.before_request
    def take_whole_bodies_only() -> None:
        environ = request.environ
        if request.content_length is not None:
            environ.pop("wsgi.input_terminated", None)  # then Werkzeug counts the bytes itself
        elif environ.get("wsgi.input_terminated"):
            environ["wsgi.input"] = _Counted(environ["wsgi.input"], request._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001


class _Counted(io.RawIOBase):
    """A body of unknown length, read up to the limit that holds for its request when it is read."""

    def __init__(self, body: Any, of: "Request") -> None:
        self._body = body
        self._request = of
        self._taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def _read(self, size: int) -> bytes:
        try:
            content: bytes = self._body.read(size)
            self._taken += len(content)
            limit = self._request.max_content_length
            # Whoever reads stops at the limit by himself: only a look beyond it tells whether that was all.
            if limit is not None and self._taken >= limit and self._body.read(1):
                raise RequestEntityTooLarge
        except HTTPException:
            raise
        except Exception as error:
            raise BadRequest("The body could not be read. Send it once more, and whole.") from error
        return content
