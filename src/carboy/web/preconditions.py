"""Requests with a condition: "only if I have seen the newest version", "only if there is something new".

If-None-Match   on GET and HEAD: what the caller has is still good, so the answer is 304 and no body
If-Match        on a change: the caller has seen this version; if ours is another one, the answer is 412

Read strictly (RFC 9110, 8.8.3 and 13.1): a condition that cannot be read is 400, never a condition that is not there.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from flask import request

from carboy.errors import Malformed, PreconditionFailed, PreconditionRequired

if TYPE_CHECKING:
    from flask import Request, Response

MOST_CHARACTERS = 1000
MOST_TAGS = 50

# Of what the grammar allows, only what no proxy or lenient client trips over: no commas, no backslashes.
_VERSION = re.compile(r"[A-Za-z0-9._~:+/=-]{1,200}")

_OPAQUE = r'"[\x21\x23-\x7e\x80-\xff]*"'
_TAG = re.compile(rf"(?P<weak>W/)?(?P<opaque>{_OPAQUE})")
_LIST = re.compile(rf"(?:,[ \t]*)*(?:W/)?{_OPAQUE}(?:[ \t]*,(?:[ \t]*(?:W/)?{_OPAQUE})?)*")


def etag_of(version: int | str) -> str:
    """Return the ETag of this version: its text in quotes."""
    text = str(version)
    if not _VERSION.fullmatch(text):
        raise ValueError("A version that becomes an ETag is made of 1 to 200 letters, digits and . _ ~ : + / = -")
    return f'"{text}"'


def if_none_match(etag: str) -> bool:
    """Whether this is a GET or HEAD of somebody who has the version with this ETag already."""
    tags = Tags.read("If-None-Match", request)
    return request.method in ("GET", "HEAD") and tags is not None and tags.name_weakly(etag)


def answer_304_if_known(response: "Response", etag: str) -> "Response":
    """Put the ETag on this answer, and leave out its body if the caller has it already."""
    response.headers["ETag"] = etag
    if if_none_match(etag) and response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.NOT_MODIFIED  # Werkzeug sends no body with it, nor headers about one
    return response


@dataclass(frozen=True, slots=True)
class Tags:
    """The ETags that a condition names: some, or with `*` whatever there is."""

    opaque: frozenset[str] = frozenset()
    strong: frozenset[str] = frozenset()
    everything: bool = False

    @classmethod
    def read(cls, header: str, request: "Request") -> Self | None:
        """Read this header of the request; None when it is not there."""
        text = request.headers.get(header)
        return None if text is None else cls.parse(text, header)

    @classmethod
    def parse(cls, text: str, header: str = "The condition") -> Self:
        """Read what such a header says, or raise Malformed."""
        text = text.strip(" \t")
        if len(text) > MOST_CHARACTERS:
            raise Malformed(f"{header} is too long: {MOST_CHARACTERS} characters at the most.")
        if text == "*":
            return cls(everything=True)
        if not _LIST.fullmatch(text):
            raise Malformed(f'{header} cannot be read. Send * or ETags as you got them, such as "3" or "3", "4".')
        tags = list(_TAG.finditer(text))
        if len(tags) > MOST_TAGS:
            raise Malformed(f"{header} names too many ETags: {MOST_TAGS} at the most.")
        return cls(
            frozenset(tag["opaque"] for tag in tags), frozenset(tag["opaque"] for tag in tags if not tag["weak"])
        )

    def name_weakly(self, etag: str) -> bool:
        """Whether this ETag is among them, its weakness or theirs aside."""
        return self.everything or etag.removeprefix("W/") in self.opaque

    def name_strongly(self, etag: str) -> bool:
        """Whether this very ETag is among them. No weak one ever is."""
        return self.everything or etag in self.strong


@dataclass(frozen=True, slots=True)
class IfMatch:
    """Which version the caller says to have seen. A view hands it what is stored: `if_match.require(todo.version)`."""

    tags: Tags | None
    unless: Tags | None = None  # If-None-Match, where something is changed: `*` asks that nothing be there

    @classmethod
    def of(cls, request: "Request") -> Self:
        """Read the condition of this request."""
        return cls(Tags.read("If-Match", request), Tags.read("If-None-Match", request))

    def demanded(self) -> Self:
        """Refuse a request that does not say which version it has seen."""
        if self.tags is None:
            raise PreconditionRequired('Send If-Match with the ETag that you got, such as If-Match: "3".')
        return self

    def require(self, version: int | str | None) -> None:
        """Refuse a change of another version than this one, which is stored; None: nothing is stored there."""
        if self.unless and version is not None and self.unless.name_weakly(etag_of(version)):
            raise PreconditionFailed("It is there, as the one that you ask for not to be there.")
        if self.tags is None or (version is not None and self.tags.name_strongly(etag_of(version))):
            return
        raise PreconditionFailed("It has changed since you saw it. Load it again and repeat your change.")
