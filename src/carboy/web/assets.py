"""Static files as browsers like them: compressed, and kept for a year under a name that tells what is in them.

    {{ url_for("static", filename="app.css") }}      /static/app.4f9d8c2e1b3a.css

A file changes, and with it the name on the next page. Under its plain name it is asked for again each time.
"""

import gzip
import hashlib
import re
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask, Response, current_app, request
from werkzeug.security import safe_join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.sansio.scaffold import Scaffold

FOR_EVER = "public, max-age=31536000, immutable"
WORTH_IT = range(1000, 5_000_000)  # less gains nothing, and more is no file for a page

_NAMED = re.compile(r"(.+)\.([0-9a-f]{12})(\.[^./]+)")
_COMPRESSIBLE = re.compile(r"text/.+|application/(javascript|json|xml|wasm|manifest\+json)|image/svg\+xml")
_ASKED_FOR = "carboy.asset_digest"


class Asset(NamedTuple):
    """A file as it is now."""

    path: Path
    changed: int
    size: int


def init_app(app: Flask) -> None:
    """Have `url_for` name static files by what is in them, and send them well; those of every blueprint too."""
    app.url_defaults(partial(_name, app))
    app.url_value_preprocessor(_take_apart)
    app.after_request(_send_well)


def _name(app: Flask, endpoint: str, values: dict[str, Any]) -> None:
    # A page asks for a hundred addresses, and few of them are files.
    if _is_static(endpoint) and (asset := _find(app, endpoint, values)):
        values["filename"] = named(values["filename"], asset)


def named(filename: str, asset: Asset) -> str:
    """Return the name that tells what is in the file; one without an ending keeps its own."""
    name = PurePosixPath(filename)
    return str(name.with_suffix(f".{digest_of(asset)}{name.suffix}")) if name.suffix else filename


def _take_apart(endpoint: str | None, values: dict[str, Any] | None) -> None:
    named = _NAMED.fullmatch(values.get("filename", "")) if _is_static(endpoint) and values else None
    if named and values and not _find(current_app, endpoint, values):
        stem, request.environ[_ASKED_FOR], ending = named.groups()
        values["filename"] = stem + ending


def _send_well(response: Response) -> Response:
    asset = _find(current_app, request.endpoint, request.view_args or {})
    if asset is None or response.status_code not in (200, 304) or "X-Sendfile" in response.headers:
        return response
    if request.environ.get(_ASKED_FOR) == digest_of(asset):
        response.headers["Cache-Control"] = FOR_EVER
    if is_worth_compressing(asset, response.mimetype):
        response.vary.add("Accept-Encoding")
        if response.status_code == 200 and response.content_length == asset.size and _takes_gzip():
            _compress(response, asset)
    return response


def is_worth_compressing(asset: Asset, mimetype: str | None) -> bool:
    """Tell whether the file is text, and of a size that gains by it."""
    return asset.size in WORTH_IT and _COMPRESSIBLE.fullmatch(mimetype or "") is not None


def _takes_gzip() -> bool:
    return request.accept_encodings.quality("gzip") > 0


def _compress(response: Response, asset: Asset) -> None:
    response.close()  # the file that it would have sent
    response.direct_passthrough = False
    response.set_data(_compressed(asset))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Accept-Ranges", None)
    response.set_etag(response.get_etag()[0] or digest_of(asset), weak=True)  # the same file, and other bytes


@lru_cache(maxsize=256)
def _compressed(asset: Asset) -> bytes:
    return gzip.compress(asset.path.read_bytes(), mtime=0)


@lru_cache(maxsize=1024)
def digest_of(asset: Asset) -> str:
    """Return twelve letters that tell what is in this file."""
    with asset.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _is_static(endpoint: str | None) -> bool:
    return endpoint is not None and (endpoint == "static" or endpoint.endswith(".static"))


def _find(app: Flask, endpoint: str | None, values: dict[str, Any]) -> Asset | None:
    """Return the static file that this address means, if there is one."""
    if endpoint is None or not _is_static(endpoint):
        return None
    folder = _place(app, endpoint).static_folder
    if not folder:
        return None  # a view of somebody's own, which happens to have that name
    inside = safe_join(folder, values.get("filename", ""))
    if inside is None:
        return None
    path = Path(inside)
    try:
        found = path.stat()
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None
    return Asset(path, found.st_mtime_ns, found.st_size) if S_ISREG(found.st_mode) else None


def _place(app: Flask, endpoint: str) -> "Scaffold":
    return app.blueprints[endpoint.rpartition(".")[0]] if "." in endpoint else app


def assets_of(app: Flask) -> "Iterator[tuple[str, Asset]]":
    """Yield the address of every static file, below the application's own, and the file; none that is hidden."""
    for rule in app.url_map.iter_rules():
        folder = _place(app, rule.endpoint).static_folder if _is_static(rule.endpoint) else None
        if folder and rule.arguments == {"filename"}:
            for filename in _names_in(Path(folder)):
                if asset := _find(app, rule.endpoint, {"filename": filename}):
                    yield rule.rule.replace("<path:filename>", filename), asset


def _names_in(folder: Path) -> "Iterator[str]":
    names = (path.relative_to(folder) for path in sorted(folder.rglob("*")))
    return (name.as_posix() for name in names if not any(part.startswith(".") for part in name.parts))
