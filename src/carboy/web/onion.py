"""WSGI layers around a Flask application, said outermost first, as a request meets them."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from carboy.web.headers import ALWAYS, DATA_POLICY

if TYPE_CHECKING:
    from flask import Flask

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]
Layer = Callable[[Wsgi], Wsgi]


def wrap(app: "Flask", *layers: Layer) -> None:
    """Put these layers around the application; the first named is the first that a request meets."""
    for layer in reversed(layers):
        setattr(app, "wsgi_app", layer(app.wsgi_app))  # noqa: B010  (the seam that Flask documents)


def answer(environ: Environ, start_response: StartResponse, status: str, body: str, **headers: str) -> list[bytes]:
    """Answer at once, without Flask, with a line of text. To a HEAD without it."""
    content = body.encode()
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    fields |= ALWAYS | {"Content-Security-Policy": DATA_POLICY, "Content-Type": "text/plain; charset=utf-8"}
    start_response(status, [*fields.items(), ("Content-Length", str(len(content)))])
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [content]
