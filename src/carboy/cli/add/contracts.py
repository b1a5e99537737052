"""The schema files of a feature whose contract is written in files."""

from collections.abc import Mapping
from typing import Any

from carboy.cli.add.feature import Feature
from carboy.cli.add.fields import Field
from carboy.cli.add.speaking import AN_ID

_DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
_NEXT = {
    "description": "Where the next page begins; null when this is the last.",
    "type": ["string", "null"],
}
_VERSION = {"description": "Grows with every change; it is the ETag as well.", "type": "integer", "minimum": 1}
_MOMENT = {"type": "string", "format": "date-time"}


def files_of(feature: Feature) -> Mapping[str, Mapping[str, Any]]:
    """Return the schemas, each by the name of its file."""
    names = feature.names
    details = {one.attribute: {"$ref": f"details.json#/$defs/{one.attribute}"} for one in feature.fields}
    example = {one.attribute: _example(one) for one in feature.fields if not (one.is_reference and one.optional)}
    changed = feature.changed
    needed = [one.attribute for one in feature.fields if not one.may_be_left_out]
    return {
        "details": {**_DIALECT, "$defs": {one.attribute: _schema(one) for one in feature.fields}},
        f"create_{names.one}": {
            **_object(f"A new {names.word}", details, needed),
            "examples": [example],
        },
        f"change_{names.one}": {
            **_object(f"What changes about {names.a_word}", details, []),
            "description": "What is left out stays as it is; null takes away what may be missing.",
            "examples": [{changed.attribute: _example(changed)}],
        },
        names.one: _whole(names.a_word.capitalize(), details),
        f"{names.one}_page": _whole_page(feature),
    }


def _whole(title: str, details: Mapping[str, Any]) -> dict[str, Any]:
    ours = {"version": _VERSION, "created_at": _MOMENT, "updated_at": _MOMENT}
    return _object(title, {"id": {"type": "string", "format": "uuid"}, **details, **ours}, None)


def _whole_page(feature: Feature) -> dict[str, Any]:
    items = {"type": "array", "items": {"$ref": f"{feature.names.one}.json"}}
    return _object(f"A page of {feature.names.words}", {"items": items, "next_cursor": _NEXT}, None)


def _object(title: str, properties: Mapping[str, Any], required: list[str] | None) -> dict[str, Any]:
    needed = list(properties) if required is None else required
    return {
        **_DIALECT,
        "title": title,
        "type": "object",
        "properties": properties,
        **({"required": needed} if needed else {}),
        "additionalProperties": False,
    }


def _schema(one: Field) -> Mapping[str, Any]:
    said = dict(one.kind.schema)
    if one.optional and "enum" in said:
        said["enum"] = [*said["enum"], None]
    elif one.optional:
        said["type"] = [said["type"], "null"]
    if one.kind.default and not one.optional:
        said["default"] = False
    return said


def _example(one: Field) -> Any:
    return AN_ID if one.is_reference else one.kind.examples[0]
