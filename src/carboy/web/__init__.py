"""What every request passes, whatever it asks for. Each layer is one small module; `app.py` puts them in order.

What a feature writes with is here by name, imported when it is first used: `from carboy.web import endpoint, public`.
"""

from typing import TYPE_CHECKING

from carboy import front

if TYPE_CHECKING:
    from flask import Flask
    from pydantic import MISSING

    from carboy.data.pages import Page
    from carboy.web.contracts.schemas import ListQuery, Schema
    from carboy.web.csrf import accepts_foreign_posts
    from carboy.web.current_user import CurrentUser
    from carboy.web.endpoints import endpoint
    from carboy.web.endpoints.answers import Accepted, Bytes, Created, NoContent, Reply
    from carboy.web.endpoints.places import File, Form, Given, Header, Json, Query, Route
    from carboy.web.endpoints.uploads import Upload
    from carboy.web.identity import Identity, credentials, public, requires_role, sudo
    from carboy.web.preconditions import IfMatch
    from carboy.web.throttle import throttled

__all__ = [
    "MISSING", "Accepted", "Bytes", "Created", "CurrentUser", "File", "Form", "Given", "Header", "Identity", "IfMatch",
    "Json", "ListQuery", "NoContent", "Page", "Query", "Reply", "Route", "Schema", "Upload", "accepts_foreign_posts",
    "credentials", "endpoint", "init_app", "public", "requires_role", "sudo", "throttled",
]  # fmt: skip

_ROOMS = {
    "pydantic": ("MISSING",),
    "carboy.data.pages": ("Page",),
    "carboy.web.contracts.schemas": ("ListQuery", "Schema"),
    "carboy.web.csrf": ("accepts_foreign_posts",),
    "carboy.web.current_user": ("CurrentUser",),
    "carboy.web.endpoints": ("endpoint",),
    "carboy.web.endpoints.answers": ("Accepted", "Bytes", "Created", "NoContent", "Reply"),
    "carboy.web.endpoints.places": ("File", "Form", "Given", "Header", "Json", "Query", "Route"),
    "carboy.web.endpoints.uploads": ("Upload",),
    "carboy.web.identity": ("Identity", "credentials", "public", "requires_role", "sudo"),
    "carboy.web.preconditions": ("IfMatch",),
    "carboy.web.throttle": ("throttled",),
}
__getattr__, __dir__ = front.opening(__name__, __all__, _ROOMS)


def init_app(app: "Flask") -> None:
    """Give an existing Flask application the whole room: request ids, host check, headers, error pages, sub-path."""
    from carboy import settings as settings_room
    from carboy.web import (
        bodies,
        cookies,
        cors,
        csrf,
        doors,
        endpoints,
        errors,
        forms,
        headers,
        hosts,
        json_provider,
        keys,
        media,
        moments,
        mount,
        proxy,
        request_id,
        spa,
        throttle,
    )
    from carboy.web.onion import wrap

    settings = settings_room.adopt(app)
    wrap(app, request_id.named(), mount.under(settings.script_name), proxy.behind(settings.proxy_fix))
    for layer in (hosts, mount, cors, bodies, headers, cookies, errors, spa, throttle, keys, doors):
        layer.init_app(app)
    for layer in (json_provider, media, csrf, moments, forms, endpoints):
        layer.init_app(app)
