"""Versions of the API, side by side in one application: /api/v1, /api/v2.

Each is a blueprint. Features put themselves on the first; a later one is mounted by a module of its own, which takes
the same blueprints of the features, and others where something has changed. An old one says so in every answer.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from importlib import import_module
from typing import TYPE_CHECKING

from flask import Blueprint, request
from werkzeug.http import http_date

from carboy.errors import SetupError
from carboy.web import families

if TYPE_CHECKING:
    from flask import Flask, Response


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """One version of the API, at /api/<name>."""

    name: str
    mounts: str = ""  # a module with `register(app, api)`; the first version needs none
    deprecated: date | None = None  # from this day on (UTC) it is better not used
    sunset: date | None = None  # from this day on it may be gone
    successor: str = ""  # the address of what to use instead

    @property
    def blueprint(self) -> str:
        """The name of its blueprint, with which its endpoints begin."""
        return f"api_{self.name}"

    @property
    def url_prefix(self) -> str:
        """Where it lies."""
        return f"/api/{self.name}"


FIRST = (ApiVersion("v1"),)


def init_app(app: "Flask", versions: Sequence[ApiVersion]) -> None:
    """Make it known which versions there are. An old one announces its end in every answer, whatever went wrong."""
    _check(versions)
    app.extensions["carboy.versions"] = tuple(versions)
    for version in versions:
        families.add(app, version.blueprint, version.url_prefix)
    by_blueprint = {version.blueprint: version for version in versions}

    @app.after_request
    def announce_the_end(response: "Response") -> "Response":
        if version := by_blueprint.get(families.api_of(request) or ""):
            _announce(version, response)
        return response


def mount(app: "Flask", features: Iterable[str], rooms: Iterable[str] = ()) -> None:
    """Have every feature put itself on the first version, and mount the others; rooms of ours are on all of them."""
    versions = _versions_of(app)
    for version in versions:
        api = Blueprint(version.blueprint, app.import_name, url_prefix=version.url_prefix)
        for module in (*(features if version is versions[0] else [version.mounts]), *rooms):
            import_module(module).register(app, api)
        # A blueprint takes no routes once it is registered: everybody has had their turn by now.
        app.register_blueprint(api)


def blueprints_of(app: "Flask") -> list[str]:
    """Return the names of the blueprints of all versions."""
    return [version.blueprint for version in _versions_of(app)]


def _versions_of(app: "Flask") -> Sequence[ApiVersion]:
    versions: Sequence[ApiVersion] = app.extensions["carboy.versions"]
    return versions


def _check(versions: Sequence[ApiVersion]) -> None:
    names = [version.name for version in versions]
    if not names or len(set(names)) < len(names):
        raise SetupError(f"apis has {names}. Name one version at least, and none twice.")
    for version in versions:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", version.name):
            raise SetupError(f"{version.name!r} cannot be the name of a version. Call it v2, for instance.")
        if version.deprecated and version.sunset and version.sunset < version.deprecated:
            raise SetupError(f"Version {version.name} has its sunset before it is deprecated. Exchange the dates.")
    for version in versions[1:]:
        if not version.mounts:
            raise SetupError(
                f"Version {version.name} has nothing in it: features register on {names[0]} alone."
                " Say mounts=, a module whose register(app, api) mounts what this version has."
            )


def _announce(version: ApiVersion, response: "Response") -> None:
    if version.deprecated:
        response.headers["Deprecation"] = f"@{int(_midnight(version.deprecated).timestamp())}"  # RFC 9745
    if version.sunset:
        response.headers["Sunset"] = http_date(_midnight(version.sunset))  # RFC 8594
    if version.successor:
        under = request.script_root if version.successor.startswith("/") else ""
        response.headers.add("Link", f'<{under}{version.successor}>; rel="successor-version"')


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
