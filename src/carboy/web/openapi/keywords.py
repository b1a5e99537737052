"""Single keywords: whether a shape keeps to what one of them says of it."""

import json
from fractions import Fraction
from math import inf
from typing import Any

from carboy.web.openapi.schemas import Document, decides
from carboy.web.openapi.shapes import Shape

_LEAST = {"minLength", "minItems", "minProperties"}
_MOST = {"maxLength", "maxItems", "maxProperties"}
_OF_STRINGS = {"minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"}
_OF_NUMBERS = {"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf"}
_OF_ARRAYS = {"minItems", "maxItems", "uniqueItems", "contains", "unevaluatedItems"}
_OF_OBJECTS = {
    "minProperties", "maxProperties", "patternProperties", "propertyNames", "dependentRequired", "dependentSchemas",
    "unevaluatedProperties",
}  # fmt: skip
# Compared by types, fields and items, or together with another keyword.
_ELSEWHERE = {
    "type", "properties", "required", "additionalProperties", "items", "prefixItems", "then", "else", "minContains",
    "maxContains",
}  # fmt: skip
_TOGETHER = {"if": ("if", "then", "else"), "contains": ("contains", "minContains", "maxContains")}


def concerns(keyword: str, shape: Shape) -> bool:
    """Whether a keyword says anything of values of this shape, and is compared on its own."""
    if keyword in _ELSEWHERE or not decides(keyword):
        return False
    of_types = {"string": _OF_STRINGS, "array": _OF_ARRAYS, "object": _OF_OBJECTS}
    of_types |= {"integer": _OF_NUMBERS, "fraction": _OF_NUMBERS}
    return not any(keyword in keywords for keywords in of_types.values()) or any(
        keyword in of_types.get(type_, ()) for type_ in shape.types
    )


def kept(shape: Shape, keyword: str, part: dict[str, Any], home: Document) -> bool:
    """Whether every value of the shape keeps to the keyword of this part. No means: perhaps not."""
    limit = part[keyword]
    if keyword in ("minimum", "exclusiveMinimum"):
        return shape.floor >= (limit, keyword == "exclusiveMinimum")
    if keyword in ("maximum", "exclusiveMaximum"):
        return shape.ceiling >= (-limit, keyword == "exclusiveMaximum")
    if keyword in _LEAST:
        return bool(max(shape.said(keyword), default=0) >= limit)
    if keyword in _MOST:
        return bool(most(shape, keyword) <= limit)
    if keyword == "multipleOf":
        return _is_multiple(shape, limit)
    if keyword == "uniqueItems":
        return not limit or True in shape.said(keyword)
    # These depend on what stands around them, and are the same only in schemas that are the same altogether.
    if keyword in ("unevaluatedItems", "unevaluatedProperties"):
        return False
    return any(
        _unit(keyword, each, shape.home) == _unit(keyword, part, home) for each in shape.parts if keyword in each
    )


def most(shape: Shape, keyword: str) -> float:
    """Return the least upper bound that a keyword such as maxItems sets."""
    return min(shape.said(keyword), default=inf)


def _is_multiple(shape: Shape, limit: float) -> bool:
    steps = [*shape.said("multipleOf"), *([1] if "fraction" not in shape.types else [])]
    return any(Fraction(str(step)) % Fraction(str(limit)) == 0 for step in steps)


def _unit(keyword: str, part: dict[str, Any], home: Document) -> str:
    together = _TOGETHER.get(keyword, (keyword,))
    return json.dumps({each: home.essence_of(each, part[each]) for each in together if each in part}, sort_keys=True)
