"""What changed between two schemas, as sentences: what breaks those who kept to the old one, and what does not."""

from collections.abc import Iterator
from typing import NamedTuple

from carboy.web.openapi.gaps import Gap, Search
from carboy.web.openapi.shapes import Schema

_SUBJECTS = {
    "field": "The field",
    "types": "Type",
    "value": "The value",
    "required": "It",
    "additionalProperties": "It",
}
# What they say is too long to be quoted, and of no help.
_UNQUOTED = {
    "oneOf", "not", "if", "contains", "patternProperties", "propertyNames", "dependentRequired", "dependentSchemas",
    "unevaluatedItems", "unevaluatedProperties",
}  # fmt: skip


class SchemaChange(NamedTuple):
    """One change inside a schema."""

    breaking: bool
    pointer: str
    what: str


def of_request(old: Schema, new: Schema) -> Iterator[SchemaChange]:
    """Tell what changed in what is sent to us: whatever fitted the old must fit the new."""
    yield from _told(
        Search(forgives_missing=True).gaps(old, new), Search(tells_all=True).gaps(new, old), old_is_inner=True
    )


def of_response(old: Schema, new: Schema) -> Iterator[SchemaChange]:
    """Tell what changed in what we send: whatever fits the new must fit the old. A new field harms nobody."""
    yield from _told(
        Search(forgives_extra=True).gaps(new, old), Search(tells_all=True).gaps(old, new), old_is_inner=False
    )


def _told(breaking: list[Gap], harmless: list[Gap], *, old_is_inner: bool) -> Iterator[SchemaChange]:
    told = set()
    for breaks, gaps, turned in ((True, breaking, not old_is_inner), (False, harmless, old_is_inner)):
        for gap in gaps:
            what = (
                _sentence(gap.keyword, gap.outer, gap.inner) if turned else _sentence(gap.keyword, gap.inner, gap.outer)
            )
            if (gap.pointer, what) not in told:
                told.add((gap.pointer, what))
                yield SchemaChange(breaks, gap.pointer, what)


def _sentence(keyword: str, old: str, new: str) -> str:
    subject = _SUBJECTS.get(keyword, keyword)
    if keyword in _UNQUOTED:
        return f"{subject} has changed."
    if keyword == "field":
        return f"{subject} is {'gone' if old else 'new'}."
    if old and new:
        return f"{subject} was {old}, is now {new}."
    return f"{subject} {old} is gone." if old else f"{subject} {new} is new."
