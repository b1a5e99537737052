"""The API's document (OpenAPI 3.1), made of nothing but what the contracts enforce: it cannot promise more."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carboy import settings as settings_room
from carboy.web.endpoints import Endpoint, contracts_of
from carboy.web.identity import schemes_of
from carboy.web.openapi.components import Components
from carboy.web.openapi.operations import Operation

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Rule

_VARIABLE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """One method of one address of the API, and the view that answers it."""

    path: str
    method: str
    name: str  # of the endpoint, without the API's own: foss.create_foss
    declared: Endpoint
    view: Any
    variables: tuple[str, ...]


def titled(app: "Flask", api: str) -> dict[str, Any]:
    """Return the document of one version of the API, under the application's name."""
    return document(app, f"api_{api}", title=settings_room.of(app).app_name)


def printed(said: dict[str, Any]) -> str:
    """Return a document as text: the same text for the same code."""
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


def document(app: "Flask", api: str = "api_v1", *, title: str = "") -> dict[str, Any]:
    """Return the document of one version of the API: that of the blueprint with this name."""
    components = Components()
    schemes = schemes_of(app)
    operations = [
        (route, Operation(route, contracts_of(app).plan(route.declared.view), components, tuple(schemes)))
        for route in sorted(routes_of(app, api), key=lambda one: (one.path, _METHODS.index(one.method)))
    ]
    for _, operation in operations:
        operation.responses()  # answers first: of two schemas with one name, theirs keeps it
    paths: dict[str, Any] = {}
    for route, operation in operations:
        paths.setdefault(route.path, {})[route.method.lower()] = operation.described()
    return {
        "openapi": "3.1.0",
        "info": {"title": title or app.name, "version": api.rpartition("_v")[2] or api},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": components.described() | ({"securitySchemes": schemes} if schemes else {}),
    }


def routes_of(app: "Flask", api: str) -> Iterator[Route]:
    """Yield every method of every address under this API whose view has a contract."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        declared = getattr(view, "carboy_endpoint", None)
        if declared is not None and rule.endpoint.startswith(f"{api}."):
            for method in sorted(set(rule.methods or ()) & set(_METHODS)):
                yield _route(rule, method, declared, view, rule.endpoint.removeprefix(f"{api}."))


def _route(rule: "Rule", method: str, declared: Endpoint, view: Any, name: str) -> Route:
    return Route(_VARIABLE.sub(r"{\1}", rule.rule), method, name, declared, view, tuple(_VARIABLE.findall(rule.rule)))
