"""JSON Schema in a few words, as a cell of a table has room for."""

import json
from collections.abc import Iterator
from typing import Any

from tools.reference.markdown import link

_UNITS = {"string": "characters", "array": "entries", "object": "fields"}
_STEPS_TO_A_COMPONENT = 3  # components/schemas/NAME
_LONGEST_PATTERN = 40
_WIDEST = 2**63  # a limit that stands for what a column takes: "of 64 bits"
_PATTERNS = {
    "^[^\\x00-\\x1f\\x7f]*$": "on one line",
    "^[!-~]{1,255}$": "1 to 255 visible ASCII characters",
    '^(\\*|"[A-Za-z0-9._~:+/=-]{1,200}")$': "an ETag",
}


def kind_of(schema: dict[str, Any]) -> str:
    """Say what a value is, and its limits."""
    if "$ref" in schema:
        return link(schema["$ref"].rpartition("/")[2])
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        shown = list(dict.fromkeys(map(kind_of, choices)))
        return (", or " if any("," in one for one in shown) else " or ").join(shown)
    if "enum" in schema:
        return " | ".join(f"`{one}`" for one in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    kinds = schema.get("type", "anything")
    names = kinds if isinstance(kinds, list) else [kinds]
    return ", ".join([" or ".join(map(str, names)) + _inside(schema), *_limits(schema, str(names[0]))])


def _inside(schema: dict[str, Any]) -> str:
    items = schema.get("items")
    if items is not None:
        return f" of {kind_of(items)}" if not items.get("properties") else " of " + _drawn(items)
    return " of " + _drawn(schema) if schema.get("properties") else ""


def _drawn(schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    shown = (f"**`{name}`**" if name in required else f"`{name}`" for name in schema["properties"])
    return ", ".join(shown)


def _limits(schema: dict[str, Any], kind: str) -> Iterator[str]:
    if "format" in schema:
        yield str(schema["format"])
    least, most = _pair(schema)
    unit = f" {_UNITS[kind]}" if kind in _UNITS else ""
    if kind == "integer" and most is not None and most >= _WIDEST - 1:
        yield "64 bits"
    elif least is not None and most is not None:
        yield f"{least} to {most}{unit}"
    elif least is not None or most is not None:
        yield f"{least}{unit} or more" if most is None else f"{most}{unit} at most"
    if "pattern" in schema:
        yield _PATTERNS.get(schema["pattern"]) or _shown(schema["pattern"])
    if schema.get("default") is not None:
        yield f"default `{_written(schema['default'])}`"


def _shown(pattern: str) -> str:
    return f"like `{pattern}`" if len(pattern) < _LONGEST_PATTERN else "of a form that the document has"


def _pair(schema: dict[str, Any]) -> tuple[Any, Any]:
    for lower, upper in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        if lower in schema or upper in schema:
            return schema.get(lower), schema.get(upper)
    return None, None


def _written(value: Any) -> str:
    return value if value and isinstance(value, str) else json.dumps(value)


def inlined(said: Any, document: dict[str, Any]) -> Any:
    """Return this with whatever is a part of a component, and has no name of its own, put in its place."""
    if isinstance(said, list):
        return [inlined(one, document) for one in said]
    if not isinstance(said, dict):
        return said
    steps = str(said.get("$ref", "")).split("/")[1:]
    if len(steps) > _STEPS_TO_A_COMPONENT:
        target: Any = document
        for step in steps:
            target = target[step]
        return inlined(target, document)
    return {name: inlined(one, document) for name, one in said.items()}


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield a row for each field; those that must be there are in bold."""
    required = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        yield f"**`{name}`**" if name in required else f"`{name}`", kind_of(one), one.get("description", "")
