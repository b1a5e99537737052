"""Which other sites' scripts may call the API (CORS_ORIGINS): those that are named, letter for letter; else none.

Only reading is opened: a browser sends no cookie along, so whoever calls brings a token or a key.
"""

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import current_app, request

from carboy import settings as settings_room
from carboy.web.families import is_api

if TYPE_CHECKING:
    from flask import Flask, Response

# The star, for what views ask for themselves, is nothing to browsers where Authorization is meant: it is named.
_SENT = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-API-Key, X-Request-ID, *"
_SHOWN = "Deprecation, ETag, Idempotent-Replayed, Link, Location, Retry-After, Sunset, X-Request-ID"
_REMEMBERED_SECONDS = "600"

_PREFLIGHT = "Access-Control-Request-Method"


def init_app(app: "Flask") -> None:
    """Let the scripts of CORS_ORIGINS call the API. Comes before what asks who somebody is, and before the data."""
    trusted = frozenset(settings_room.of(app).cors_origins) - {"*", "null"}  # both are anybody
    if not trusted:
        return

    @app.before_request
    def answer_preflights() -> "Response | None":
        asks_first = request.method == "OPTIONS" and _PREFLIGHT in request.headers
        if asks_first and request.url_rule is not None and is_api(request) and _origin() in trusted:
            return _what_is_allowed()
        return None

    @app.after_request
    def open_to_trusted_origins(response: "Response") -> "Response":
        if is_api(request):
            response.vary.add("Origin")
            if _origin() in trusted:
                response.headers["Access-Control-Allow-Origin"] = _origin()
                response.headers["Access-Control-Expose-Headers"] = _SHOWN
        return response


def _origin() -> str:
    return request.headers.get("Origin", "")


def _what_is_allowed() -> "Response":
    response = current_app.make_default_options_response()
    response.status_code = HTTPStatus.NO_CONTENT
    response.headers.pop("Content-Type")
    response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(set(response.allow)))
    response.headers["Access-Control-Allow-Headers"] = _SENT
    response.headers["Access-Control-Max-Age"] = _REMEMBERED_SECONDS
    return response
