"""What every request passes, whatever it asks for. Each layer is one small module; `app.py` puts them in order."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Give an existing Flask application the whole room: request ids, host check, headers, error pages, sub-path."""
    from carboy import settings as settings_room
    from carboy.web import bodies, cookies, errors, headers, hosts, mount, proxy, request_id, spa
    from carboy.web.onion import wrap

    settings = settings_room.adopt(app)
    wrap(app, request_id.named(), mount.under(settings.script_name), proxy.behind(settings.proxy_fix))
    for layer in (hosts, mount, bodies, headers, cookies, errors, spa):
        layer.init_app(app)
