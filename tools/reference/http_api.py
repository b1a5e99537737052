"""The page of the starter's HTTP API, out of its OpenAPI document; then every address that is not in it."""

import inspect
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from tools.reference.markdown import sentence, table
from tools.reference.schemas import fields, inlined, kind_of
from werkzeug.routing import Rule

from carboy.web import doors, problems
from carboy.web.openapi.document import routes_of

DOCUMENT = Path(__file__).parents[2] / "starter/specifications/openapi-v1.json"

_HEAD = """# The starter's HTTP API

Made by `make reference` from `starter/specifications/openapi-v1.json`, which is made from the code; tests keep both
true. A running application shows its own at `/api/v1/docs`, and the document at `/api/v1/openapi.json`. What your own
features add stands there, and not on this page.

A body is JSON, unless it says something else here. What takes a `cursor` is
[a list, page by page](../how-to/endpoints.md).
`Idempotency-Key` makes [a repeated POST do its work once](../how-to/idempotency.md). `If-Match` takes the `ETag` that
an answer had, so that nobody overwrites what they have not seen.

Who may ask:

- *anybody*: needs no credentials;
- *who is known*: brings `Authorization: Bearer …`, or is a machine with `{header}`. What is about one's own account is
  refused to machines, with 403. The token is {bearer};
- *a role*: is known, and has it;
- *with proof of the password*: is a user who typed it within `SUDO_MAX_AGE` seconds. Else 401, and the code is
  `reauthentication-required`.

"""

_STATUSES = """## Statuses

An error is [application/problem+json](errors.md), with the code that a program goes by. A status has these:

"""

_EVERYWHERE = """
Any address may answer {common}, so these are not repeated below; and 401 where one must be known.

"""

_OUTSIDE = """## Outside the API

Pages and other addresses of the starter. A browser is known there by its cookie, and a form that changes something must
come from a page of the application. Strangers are sent to `/login` by a page that is not for them.
[How to probe it and to read its metrics](../how-to/operations.md).

"""

_BELOW = (
    ("GET /livez", "anybody", "Whether the process answers: 200. For what supervises it."),
    ("GET /readyz", "anybody", "Whether requests may come here: 200, else 503. For the load balancer."),
    ("GET /metrics", "who brings `METRICS_TOKEN`", "What Prometheus asks. It is there once that setting is."),
)
_WITHOUT_WORDS = {
    "carboy_health": "How it is, with the names of what was looked at and the time since the start; 503 if one fails.",
    "carboy_live.socket": "A socket for [live events](../how-to/live.md).",
    "carboy_live.static": "The script of live events.",
    "carboy_problem": "What a code of an error means, and what to do: the `type` of an error leads here.",
    "static": "Scripts, styles, images and fonts.",
}


def page(app: Flask) -> str:
    """Return the page."""
    said = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    said = inlined(said, said)
    common = _common(said)
    parts = [_head(said), _STATUSES, _codes(), _EVERYWHERE.format(common=", ".join(sorted(common - {"401"})))]
    for tag, operations in _by_tag(said).items():
        parts.append(f"## {tag}\n\n")
        parts += [_operation(app, path, method, one, common) for path, method, one in operations]
    parts.append("## Schemas\n\nWhat goes over the wire, by name. Fields in bold are always there.\n\n")
    parts += [_schema(name, one) for name, one in said["components"]["schemas"].items() if "$defs" not in one]
    return "".join(parts) + _OUTSIDE + _routes(app)


def _head(said: dict[str, Any]) -> str:
    schemes = said["components"]["securitySchemes"]
    bearer = schemes["bearer"]["description"]
    return _HEAD.format(bearer=bearer[0].lower() + bearer[1:].rstrip("."), header=schemes["apiKey"]["name"])


def _by_tag(said: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    found = defaultdict(list)
    for path, methods in said["paths"].items():
        for method, one in methods.items():
            found[one["tags"][0]].append((path, method, one))
    return dict(sorted(found.items()))


def _common(said: dict[str, Any]) -> set[str]:
    """Return the statuses that every operation has."""
    return set.intersection(
        *(set(one["responses"]) | {"401"} for ways in said["paths"].values() for one in ways.values())
    )


def _codes() -> str:
    codes, ours = defaultdict(list), problems.reference()  # not those of an application, or of a test
    for one in problems.catalogue().values():
        if f"`{one.code}`" in ours:
            codes[one.status].append(f"`{one.code}`")
    return table(("status", "codes"), [(str(status), ", ".join(sorted(codes[status]))) for status in sorted(codes)])


def _operation(app: Flask, path: str, method: str, one: dict[str, Any], common: set[str]) -> str:
    route = next(route for route in routes_of(app, "api_v1") if (route.path, route.method) == (path, method.upper()))
    parts = [f"### {method.upper()} {path}\n\n{one.get('summary', '')}\n\n"]
    if "description" in one:
        parts.append(f"{one['description']}\n\n")
    parts.append(f"- May ask: {_who(app, f'api_v1.{route.name}')}\n")
    parts += [f"- {line}\n" for line in (*_body(one), *_answers(one), _refusals(one, common)) if line]
    rows = [
        (f"`{given['name']}`", given["in"], kind_of(given["schema"]), given.get("description", ""))
        for given in one.get("parameters", ())
    ]
    return "".join(parts) + "\n" + (table(("parameter", "in", "type", "what for"), rows) + "\n" if rows else "")


def _who(app: Flask, endpoint: str) -> str:
    if endpoint in doors.open_doors(app):
        return "anybody"
    view = app.view_functions[endpoint]
    roles = " or ".join(f"`{role}`" for role in getattr(view, "carboy_roles", ()))
    who = f"the role {roles}" if roles else "who is known"
    return f"{who}, with proof of the password" if getattr(view, "carboy_sudo", False) else who


def _body(one: dict[str, Any]) -> Iterator[str]:
    for media, content in one.get("requestBody", {}).get("content", {}).items():
        if media == "application/json":
            yield f"Body: {kind_of(content['schema'])}"
            continue
        types = {name: said["contentType"] for name, said in content.get("encoding", {}).items()}
        required = content["schema"].get("required", ())
        parts = (
            f"`{name}`{' (must be there)' if name in required else ''}: {types.get(name) or kind_of(schema)}"
            for name, schema in content["schema"]["properties"].items()
        )
        yield f"Body: `{media}` with {'; '.join(parts)}"


def _answers(one: dict[str, Any]) -> Iterator[str]:
    for status, answer in one["responses"].items():
        if status < "400":
            content = answer.get("content", {}).get("application/json")
            shown = kind_of(content["schema"]) if content else answer["description"].rstrip(".")
            headers = ", ".join(f"`{name}`" for name in answer.get("headers", ()))
            yield f"{status}: {shown}{f', with {headers}' if headers else ''}"


def _refusals(one: dict[str, Any], common: set[str]) -> str:
    own = sorted(status for status in one["responses"] if status >= "400" and status not in common)
    return f"Also: {', '.join(own)}" if own else ""


def _schema(name: str, schema: dict[str, Any]) -> str:
    told = f"{sentence(schema['description'])}\n\n" if schema.get("description") else ""
    rows = list(fields(schema))
    if not rows:
        return f"### {name}\n\n{told}{kind_of(schema)}\n\n"
    return f"### {name}\n\n{told}" + table(("field", "type", "what for"), rows) + "\n"


def _routes(app: Flask) -> str:
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, _methods(rule)))
    rows = [
        (f"{_methods(rule)} {rule.rule}", _who(app, rule.endpoint), _told(app, rule.endpoint))
        for rule in rules
        if not rule.rule.startswith("/api/")
    ]
    rows = [*_BELOW, *rows]
    return table(("address", "who may ask", "what it does"), [(f"`{where}`", who, what) for where, who, what in rows])


def _methods(rule: Rule) -> str:
    return ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def _told(app: Flask, endpoint: str) -> str:
    return _WITHOUT_WORDS.get(endpoint) or sentence(inspect.getdoc(app.view_functions[endpoint]).partition("\n\n")[0])
