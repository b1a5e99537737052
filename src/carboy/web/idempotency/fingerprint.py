"""Whether two requests are the same: one SHA-256 over what the view could see of the first."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from carboy.errors import SetupError

if TYPE_CHECKING:
    from flask import Request
    from werkzeug.datastructures import FileStorage

_FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}


def fingerprint(request: "Request", headers: Iterable[str] = ()) -> str:
    """Digest method, address, body and these headers. Reads the whole body, so call it before anything is locked."""
    digest = hashlib.sha256()
    for part in (*_parts_of(request), *_values_of(request, {*headers, "If-Match"})):
        digest.update(len(part).to_bytes(8))  # else "a" + "bc" would be "ab" + "c"
        digest.update(part)
    return digest.hexdigest()


def _parts_of(request: "Request") -> Iterator[bytes]:
    yield request.method.encode()
    yield f"{request.script_root}{request.path}".encode()
    yield request.query_string
    if request.mimetype in _FORMS:
        # Field by field: whoever sends a multipart form again draws a new boundary for it.
        yield request.mimetype.encode()
        yield from _fields_of(request)
    else:
        yield request.mimetype.encode()
        yield _body_of(request)


def _values_of(request: "Request", headers: set[str]) -> Iterator[bytes]:
    for name in sorted(headers):
        if (value := request.headers.get(name)) is not None:
            yield from (b"header", name.encode(), value.encode("utf-8", "surrogateescape"))


def _fields_of(request: "Request") -> Iterator[bytes]:
    for name, value in request.form.items(multi=True):
        yield from (b"field", _text(name), value.encode())
    for name, file in request.files.items(multi=True):
        yield from (b"file", _text(name), _text(file.filename), _text(file.content_type))
        yield _digest_of(file)


def _text(said: str | None) -> bytes:
    return (said or "").encode()  # Werkzeug lets parts through that have no name


def _digest_of(file: "FileStorage") -> bytes:
    file.stream.seek(0)
    digest = hashlib.file_digest(file.stream, "sha256").digest()  # type: ignore[arg-type]  # a spooled file will do
    file.stream.seek(0)
    return digest


def _body_of(request: "Request") -> bytes:
    body = request.get_data()
    if request.content_length and not body:
        raise SetupError(
            "The request's body was read from its stream before the idempotency key was looked at, so requests cannot"
            " be told apart. Read it with request.get_data() or request.get_json(), which keep it."
        )
    return body
