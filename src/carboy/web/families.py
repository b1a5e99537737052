"""Two families of requests: an API is answered in JSON, pages are answered for eyes.

A route tells by its blueprint, and the path tells, whoever registered it: what begins as an API's does is that API's.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from flask import Flask, Request

# An adopting application with such a blueprint has nothing to say; its other routes are pages, wherever they lie.
_USUAL = {"api": "/api", "api_v1": "/api/v1"}

_PAGES = ("text/html", "application/xhtml+xml")

_KNOWN = "carboy.api"


def add(app: "Flask", blueprint: str, url_prefix: str) -> None:
    """Say that this blueprint, with all that is nested in it, is an API, and where it lies."""
    _apis_of(app)[blueprint] = url_prefix.rstrip("/")


def is_api(request: "Request") -> bool:
    """Whether this request is an API's to answer."""
    return api_of(request) is not None


def api_of(request: "Request") -> str | None:
    """Return the name of the API's blueprint that this request belongs to, or None for one of the pages."""
    # Half a dozen hooks ask it of every request. Kept by all that it depends on: another application may be handed the
    # environ, or another request be made of it.
    environ, asked = request.environ, (_apis_of(current_app), request.endpoint, request.path)
    known: tuple[object, str | None] | None = environ.get(_KNOWN)
    if known is None or known[0] != asked:
        known = environ[_KNOWN] = (asked, _found(request))
    return known[1]


def _found(request: "Request") -> str | None:
    if request.url_rule is None:
        return _around(request.path, _USUAL | _apis_of(current_app))
    return api_at(current_app, request.blueprints, request.path)


def api_at(app: "Flask", blueprints: Sequence[str], path: str) -> str | None:
    """Return the name of the API's blueprint that a view of these blueprints at this path is of."""
    apis = _apis_of(app)
    return next((name for name in blueprints if name in _USUAL | apis), None) or _around(path, apis)


def _around(path: str, apis: dict[str, str]) -> str | None:
    around = (name for name, prefix in apis.items() if f"{path}/".startswith(f"{prefix}/"))
    return max(around, key=lambda name: len(apis[name]), default=None)


def wants_json(request: "Request") -> bool:
    """Whether an error of this request is told in JSON: on an API, or where nothing is and JSON alone is asked for."""
    return is_api(request) or (request.url_rule is None and _asks_for_json(request))


def _asks_for_json(request: "Request") -> bool:
    # By name: whoever takes anything (*/*) has asked for nothing.
    named = {kind.partition(";")[0].strip().lower() for kind, quality in request.accept_mimetypes if quality > 0}
    return named.isdisjoint(_PAGES) and any(kind.endswith(("/json", "+json")) for kind in named)


def _apis_of(app: "Flask") -> dict[str, str]:
    apis: dict[str, str] = app.extensions.setdefault("carboy.families", {})
    return apis
