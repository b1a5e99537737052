"""What changed between two documents of an API, and whether it breaks a client that was written against the old one.

Breaking is what may make such a client fail: what it sends is refused, or what it gets is not what it was promised.
A new value of an enum in an answer breaks too: programs decide by such values, and generated clients refuse what they
do not know. So does a new way to succeed, and another operationId, for it names a function of generated clients.
Words (titles, descriptions, examples), names of components and order are not looked at, nor are servers and callbacks.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from carboy.web.openapi.schema_changes import SchemaChange, of_request, of_response
from carboy.web.openapi.schemas import Document, read
from carboy.web.openapi.security import ways_in
from carboy.web.openapi.shapes import Schema

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PLAIN = "application/json"
_SPELLING = ("style", "explode", "allowReserved")

Comparison = Callable[[Schema, Schema], Iterator[SchemaChange]]


@dataclass(frozen=True)
class Change:
    """One difference between two documents."""

    breaking: bool
    where: str
    what: str


@dataclass(frozen=True)
class _Operation:
    """One method of one address, with everything that is said about it."""

    home: Document
    name: str
    said: dict[str, Any]
    parameters: dict[tuple[str, str], dict[str, Any]]
    body: dict[str, Any] | None
    responses: dict[str, dict[str, Any]]


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Return every change from the old document to the new, in the order of the old and then of the new."""
    before, after = (_operations(document) for document in read(old, new))
    changes = [change for key, operation in before.items() for change in _compared(operation, after.get(key))]
    changes += [Change(False, one.name, "The operation is new.") for key, one in after.items() if key not in before]
    return list(dict.fromkeys(changes))


def _operations(home: Document) -> dict[tuple[str, str], _Operation]:
    """Return the operations by method and address. What a part of the address is called does not matter."""
    return {
        (method, re.sub(r"\{[^}]*\}", "{}", path)): _operation(home, path, method, home.followed(item))
        for path, item in home.said.get("paths", {}).items()
        for method in _METHODS
        if path.startswith("/") and method in home.followed(item)
    }


def _operation(home: Document, path: str, method: str, item: dict[str, Any]) -> _Operation:
    said = item[method]
    parts = re.findall(r"\{([^}]*)\}", path)
    parameters = {}
    for parameter in map(home.followed, [*item.get("parameters", []), *said.get("parameters", [])]):
        where, name = parameter["in"], parameter["name"]
        known_by = {"path": str(parts.index(name)) if name in parts else name, "header": name.lower()}.get(where, name)
        parameters[where, known_by] = parameter
    responses = {str(status): home.followed(answer) for status, answer in said.get("responses", {}).items()}
    body = home.followed(said["requestBody"]) if "requestBody" in said else None
    return _Operation(home, f"{method.upper()} {path}", said, parameters, body, responses)


def _compared(old: _Operation, new: _Operation | None) -> Iterator[Change]:
    if new is None:
        yield Change(True, old.name, "The operation is gone.")
        return
    if old.said.get("operationId") != new.said.get("operationId"):
        yield Change(
            True, old.name, f"operationId was {old.said.get('operationId')}, is now {new.said.get('operationId')}."
        )
    if bool(old.said.get("deprecated")) != bool(new.said.get("deprecated")):
        yield Change(
            False, old.name, "It is deprecated." if new.said.get("deprecated") else "It is not deprecated any more."
        )
    yield from _ways_in(old, new)
    yield from _parameters(old, new)
    yield from _bodies(old, new)
    yield from _responses(old, new)


def _ways_in(old: _Operation, new: _Operation) -> Iterator[Change]:
    before, after = ways_in(old.home, old.said), ways_in(new.home, new.said)
    for way in before:
        if not any(other.asks_no_more_than(way) for other in after):
            yield Change(True, f"{old.name} · security", f"{way.called} is not enough any more.")
    for way in after:
        if not any(other.asks_no_more_than(way) for other in before):
            yield Change(False, f"{old.name} · security", f"{way.called} is enough now.")


def _parameters(old: _Operation, new: _Operation) -> Iterator[Change]:
    for key, parameter in old.parameters.items():
        where = f"{old.name} · {parameter['in']} {parameter['name']}"
        if key in new.parameters:
            yield from _parameter(where, (old.home, parameter), (new.home, new.parameters[key]))
        else:
            yield Change(True, where, "The parameter is gone.")
    for key, parameter in new.parameters.items():
        if key not in old.parameters:
            must = bool(parameter.get("required"))
            where = f"{old.name} · {parameter['in']} {parameter['name']}"
            yield Change(must, where, f"The parameter is new{' and required' if must else ''}.")


_Placed = tuple[Document, dict[str, Any]]


def _parameter(where: str, old: _Placed, new: _Placed) -> Iterator[Change]:
    yield from _required(where, old[1], new[1], breaks=True)
    for keyword in _SPELLING:
        if old[1].get(keyword) != new[1].get(keyword):
            yield Change(True, where, f"It is written in another way: {keyword} has changed.")
    if "content" in old[1] or "content" in new[1]:
        yield from _contents(where, old, new, of_request)
    else:
        yield from _schemas(where, old, new, of_request)


def _required(where: str, old: dict[str, Any], new: dict[str, Any], *, breaks: bool) -> Iterator[Change]:
    """Tell whether it must be there. To become required `breaks`, or else to become optional does."""
    before, after = bool(old.get("required")), bool(new.get("required"))
    if before != after:
        words = ("optional", "required")
        yield Change(after is breaks, where, f"It was {words[before]}, is now {words[after]}.")


def _bodies(old: _Operation, new: _Operation) -> Iterator[Change]:
    where = f"{old.name} · request body"
    if old.body is not None and new.body is not None:
        yield from _required(where, old.body, new.body, breaks=True)
        yield from _contents(where, (old.home, old.body), (new.home, new.body), of_request)
    elif old.body is not None:
        yield Change(True, where, "The body is gone.")
    elif new.body is not None:
        must = bool(new.body.get("required"))
        yield Change(must, where, f"The body is new{' and required' if must else ''}.")


def _responses(old: _Operation, new: _Operation) -> Iterator[Change]:
    for status, answer in old.responses.items():
        where = f"{old.name} · {status}"
        if status in new.responses:
            yield from _contents(where, (old.home, answer), (new.home, new.responses[status]), of_response)
            yield from _headers(where, (old.home, answer), (new.home, new.responses[status]))
        else:
            yield Change(_succeeds(status), where, "The status is gone.")
    for status in new.responses:
        if status not in old.responses:
            yield Change(_succeeds(status), f"{old.name} · {status}", "The status is new.")


def _succeeds(status: str) -> bool:
    return status.startswith("2") or status == "default"


def _headers(where: str, old: _Placed, new: _Placed) -> Iterator[Change]:
    before, after = (
        {name.lower(): (name, (home, home.followed(header))) for name, header in said.get("headers", {}).items()}
        for home, said in (old, new)
    )
    for key, (name, header) in before.items():
        if key in after:
            yield from _required(f"{where} · header {name}", header[1], after[key][1][1], breaks=False)
            yield from _schemas(f"{where} · header {name}", header, after[key][1], of_response)
        else:
            yield Change(True, f"{where} · header {name}", "The header is gone.")
    for key, (name, _) in after.items():
        if key not in before:
            yield Change(False, f"{where} · header {name}", "The header is new.")


def _contents(where: str, old: _Placed, new: _Placed, comparison: Comparison) -> Iterator[Change]:
    before, after = old[1].get("content", {}), new[1].get("content", {})
    for kind in dict.fromkeys([*before, *after]):
        place = where if kind == _PLAIN else f"{where} · {kind}"
        if kind in before and kind in after:
            yield from _schemas(place, (old[0], before[kind]), (new[0], after[kind]), comparison)
        else:
            yield Change(kind in before, place, f"{kind} is {'gone' if kind in before else 'new'}.")


def _schemas(where: str, old: _Placed, new: _Placed, comparison: Comparison) -> Iterator[Change]:
    before, after = (Schema(said.get("schema", True), home) for home, said in (old, new))
    for breaking, pointer, what in comparison(before, after):
        yield Change(breaking, f"{where} · {pointer}" if pointer != "#" else where, what)
