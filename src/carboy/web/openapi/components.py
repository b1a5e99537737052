"""The schemas and answers that many operations share, each under one name."""

import json
import re
from typing import Any

PROBLEM = "Problem"
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")

_POINTED = {
    "type": "object",
    "required": ["in", "code", "detail"],
    "properties": {
        "in": {"enum": ["body", "query", "path", "header", "form"]},
        "pointer": {"type": "string", "description": "In a body: a JSON pointer to what is wrong."},
        "parameter": {"type": "string", "description": "Elsewhere: the name of the parameter."},
        "code": {"type": "string", "description": "The keyword of JSON Schema that is broken, or `rule`."},
        "detail": {"type": "string"},
    },
}
_PROBLEM = {
    "type": "object",
    "description": "What went wrong, after RFC 9457. `type` leads to a page that explains it.",
    "required": ["type", "title", "status", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "A stable word for programs."},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": _POINTED},
    },
}


class Components:
    """Collects what operations refer to."""

    def __init__(self) -> None:
        self._schemas: dict[str, Any] = {PROBLEM: _PROBLEM}
        self._responses: dict[str, Any] = {}

    def described(self) -> dict[str, Any]:
        """Return the document's components, in the order of their names."""
        responses = {"responses": dict(sorted(self._responses.items()))} if self._responses else {}
        return {"schemas": dict(sorted(self._schemas.items())), **responses}

    def schema(self, said: dict[str, Any], *, answer: bool = False) -> dict[str, Any]:
        """Put a schema and all that is in its $defs here, and return what refers to it."""
        defs = said.get("$defs", {})
        root = {keyword: value for keyword, value in said.items() if keyword != "$defs"}
        names = self._names(defs, answer=answer)
        for name, schema in defs.items():
            self._schemas[names[name]] = _renamed(schema, names)
        if "title" in root and "properties" in root:
            name = self._named(root["title"], _renamed(root, names), answer=answer)
            self._schemas[name] = _renamed(root, names)
            return {"$ref": f"#/components/schemas/{name}"}
        renamed: dict[str, Any] = _renamed(root, names)
        return renamed

    def response(self, name: str, described: dict[str, Any]) -> dict[str, Any]:
        """Put an answer here, and return what refers to it."""
        self._responses[name] = described
        return {"$ref": f"#/components/responses/{name}"}

    def _names(self, defs: dict[str, Any], *, answer: bool) -> dict[str, str]:
        """Give each schema its name here. The same name may stand for other content elsewhere: then it gets another."""
        plain = {name: _NO_NAME.sub("_", name) for name in defs}
        return {name: self._named(plain[name], _renamed(schema, plain), answer=answer) for name, schema in defs.items()}

    def _named(self, wanted: str, schema: Any, *, answer: bool) -> str:
        wanted = _NO_NAME.sub("_", wanted).strip("_")
        candidates = [wanted] if answer else [wanted, f"{wanted}.given"]
        for name in (*candidates, *(f"{wanted}.{number}" for number in range(2, 1000))):
            if name not in self._schemas or _same(self._schemas[name], schema):
                return name
        raise AssertionError(f"a thousand schemas are called {wanted}")


def _same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """Return the schema with its references leading to the components."""
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        keyword: _reference(child, names) if keyword == "$ref" and isinstance(child, str) else _renamed(child, names)
        for keyword, child in value.items()
    }


def _reference(reference: str, names: dict[str, str]) -> str:
    if not reference.startswith("#/$defs/"):
        return reference
    name, slash, inside = reference.removeprefix("#/$defs/").partition("/")
    return f"#/components/schemas/{names.get(name, name)}{slash}{inside}"
