"""What every request passes, whatever it asks for. Each layer is one small module; `app.py` puts them in order."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Give an existing Flask application the whole room: request ids, host check, headers, error pages, sub-path."""
    from carboy import settings as settings_room
    from carboy.web import cookies, errors, headers, hosts, mount, proxy, request_id, spa
    from carboy.web.onion import wrap

    settings = settings_room.adopt(app)
    wrap(app, mount.under(settings.script_name), proxy.behind(settings.proxy_fix), request_id.named())
    for layer in (mount, cookies, headers, hosts, errors, spa):
        layer.init_app(app)
