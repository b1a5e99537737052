"""On an API a body is JSON, and only where one is expected. Pages take forms; this does not look at them.

The one exception is a view that takes an `Upload`: its body is multipart, and as large as its files may be.
"""

from typing import TYPE_CHECKING

from flask import current_app, request

from carboy.errors import UnsupportedMedia
from carboy.web import families

if TYPE_CHECKING:
    from flask import Flask

    from carboy.web.endpoints.signature import Plan

_JSON, _MULTIPART = "application/json", "multipart/form-data"


def init_app(app: "Flask") -> None:
    """Answer 415 to a body that an API does not take."""

    @app.before_request
    def take_json_only() -> None:
        if request.endpoint is None or request.method == "OPTIONS":
            return
        plan = _plan()
        if plan and plan.uploads:
            plan.uploads.limit(request)  # before anybody reads the form
        if families.is_api(request):
            _judge(_expected(plan))


def _judge(expected: str | None) -> None:
    if not _has_body() and not (expected == _JSON and _has_body_of_no_length()):
        # A JSON body that is missing is told by its reader; a form that is missing has no parts that could be told.
        if expected == _MULTIPART:
            raise UnsupportedMedia(f"Send a form, as {_MULTIPART}.")
        return
    if expected is None:
        raise UnsupportedMedia(f"No body is expected with {request.method} here.")
    if request.mimetype != expected or request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMedia(f"Send {expected}, and not compressed.")


def _plan() -> "Plan | None":
    from carboy.web.endpoints import contracts_of

    declared = getattr(current_app.view_functions.get(request.endpoint or ""), "carboy_endpoint", None)
    return contracts_of(current_app).plan(declared.view) if declared else None


def _expected(plan: "Plan | None") -> str | None:
    """Return the media type that the view wants; a plain Flask view on an API may want JSON."""
    if plan is None:
        return None if request.method in ("GET", "HEAD") else _JSON
    if plan.uploads:
        return _MULTIPART
    return _JSON if plan.body else None


def _has_body() -> bool:
    length = request.content_length
    return bool(length) if length is not None else "HTTP_TRANSFER_ENCODING" in request.environ


def _has_body_of_no_length() -> bool:
    # HTTP/2 needs neither a length nor chunks; and gunicorn says this of every request, so only a look tells.
    return bool(request.environ.get("wsgi.input_terminated") and request.get_data())
