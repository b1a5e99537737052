"""A single-page application that was built elsewhere: its `index.html` answers every page address.

FLASK_TEMPLATE_DIR   the folder of index.html; nothing else in it can be fetched
FLASK_STATIC_DIR     the built files, at /<name of the folder>/…; those with a hash in their name never change
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, request, send_from_directory
from werkzeug.exceptions import NotFound

from carboy import settings as settings_room

if TYPE_CHECKING:
    from flask import Flask

# Never the SPA's to answer: a machine asks here, and must hear "not found" in its own language.
_RESERVED = ("/api/", "/static/", "/problems/", "/health/", "/livez/", "/readyz/", "/metrics/", "/socket.io/")

# app.4f9d8c2e.js, index-B7PI925R.js; but neither logo-1024x1024.png nor report-20260101.js nor bootstrap-5.min.js
_HASHED = re.compile(
    r"[.-](?:(?=[0-9]*[a-f])[0-9a-f]{8,64}|(?=[^.]*[0-9])(?=[^.]*[A-Z])[A-Za-z0-9_-]{8})\.(?!html?$)[a-z0-9]+$"
)


def init_app(app: "Flask") -> None:
    """Serve the built application from the configured folders; without them, do nothing."""
    settings = settings_room.of(app)
    assets = f"/{settings.static_dir.name}/" if settings.static_dir else None

    @app.before_request
    def answer_for_the_spa() -> Response | None:
        if request.method not in ("GET", "HEAD"):
            return None
        if settings.static_dir and assets and request.path.startswith(assets):
            return _asset(settings.static_dir, request.path.removeprefix(assets))
        if settings.template_dir and _is_page_address():
            return _cached(send_from_directory(settings.template_dir, "index.html"), immutable=False)
        return None


def _asset(folder: Path, name: str) -> Response | None:
    if _is_hidden(folder, name):
        return None
    try:
        response = send_from_directory(folder, name)
    except NotFound:
        return None  # the application's own folder may have the same name, and the file
    return _cached(response, immutable=bool(_HASHED.search(name)))


def _is_hidden(folder: Path, name: str) -> bool:
    """Whether the name leads to a dotfile, or through a link to somewhere else."""
    return any(part.startswith(".") for part in name.split("/")) or not _inside(folder / name, folder)


def _inside(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):  # a name that no file can have
        return False


def _is_page_address() -> bool:
    path = request.path
    nobody_else_answers = isinstance(request.routing_exception, NotFound)
    if path != "/" and (not nobody_else_answers or f"{path}/".startswith(_RESERVED)):
        return False
    return "." not in path.rpartition("/")[2] and request.accept_mimetypes.accept_html


def _cached(response: Response, *, immutable: bool) -> Response:
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if immutable else "no-cache"
    return response
