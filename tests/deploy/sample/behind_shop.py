"""The starter with rooms to listen in, and a page that tells who it believes is asking."""

from flask import request
from live_shop import create_app as build

from carboy.web.identity import public


def create_app(settings=None):
    app = build(settings)
    app.add_url_rule("/who", "who", who)
    return app


@public
def who():
    """Tell what has arrived about the visitor."""
    told = {"from": request.remote_addr, "root": request.url_root}
    return told | {"names": sorted(name for name, _ in request.headers if name.startswith(("X-", "Forwarded")))}
