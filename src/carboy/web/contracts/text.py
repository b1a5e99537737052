"""Text → the JSON value that its schema asks for. A query, a path, a header and a form hold nothing but text.

What cannot be such a value stays text, and the judge then says what it should have been. This is stricter than
pydantic's own reading of text, which takes "0" for a date and "1_000" for a number.
"""

import json
import re
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

Schema = dict[str, Any]

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,400})(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")
_BOOLEANS = {"true": True, "false": False}
# What a browser sends of a ticked box: of one without a value, and of one below a hidden field that says no.
_TICKED = (["on"], ["false", "true"])


def value_of(texts: Sequence[str], schema: Schema, defs: Schema, *, by_page: bool = False) -> Any:
    """Return the JSON value that these texts are for this schema: one text for each time that the name was said."""
    if by_page and list(texts) in _TICKED and any("boolean" in _types(one) for one in _alternatives(schema, defs)):
        return True
    alternatives = _alternatives(schema, defs)
    for alternative in alternatives:
        if "array" in _types(alternative):
            return [_one(text, alternative.get("items", {}), defs) for text in texts]
    # A name that is said twice is a list, and no judge of a single value lets that pass.
    return _one(texts[0], schema, defs) if len(texts) == 1 else list(texts)


def _one(text: str, schema: Schema, defs: Schema) -> Any:
    wanted = {name for alternative in _alternatives(schema, defs) for name in _types(alternative)}
    for name, read in _READERS.items():
        if name in wanted and (value := read(text)) is not None:
            return value
    return text


def _number(text: str) -> int | float | None:
    if not _NUMBER.fullmatch(text):
        return None
    number: int | float = json.loads(text)
    return number if isfinite(float(text)) else None


def _boolean(text: str) -> bool | None:
    return _BOOLEANS.get(text)


_READERS: dict[str, Callable[[str], Any]] = {"integer": _number, "number": _number, "boolean": _boolean}


def _alternatives(schema: Schema, defs: Schema) -> list[Schema]:
    """Follow references and choices down to the schemas that say a type or list their values."""
    if "$ref" in schema:
        return _alternatives(defs.get(schema["$ref"].rpartition("/")[2], {}), defs)
    inner = [one for choice in ("anyOf", "oneOf", "allOf") for one in schema.get(choice, [])]
    return [schema, *(found for one in inner for found in _alternatives(one, defs))]


def _types(schema: Schema) -> set[str]:
    if "type" in schema:
        return {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
    listed = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return {_type_of(value) for value in listed}


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "string"
