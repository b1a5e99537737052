"""What a violation says to people. Sentences that tell what is wanted, and never repeat what was sent."""

import json
from collections.abc import Callable, Iterable
from typing import Any

REQUIRED = "This is needed."
UNKNOWN = "There is no such field."
UNKNOWN_PARAMETER = "There is no such parameter."
NUL = "The NUL character cannot be stored."

_ARTICLES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}
_FORMATS = {
    "date": "a date such as 2026-01-31",
    "date-time": "a moment with its zone, such as 2026-01-31T12:00:00Z",
    "duration": "a duration such as PT15M",
    "email": "an e-mail address",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "regex": "a regular expression",
    "time": "a time with its zone, such as 12:00:00Z",
    "uri": "a whole address such as https://example.org/",
    "uuid": "a UUID",
}


def _count(limit: int, one: str, many: str) -> str:
    return f"{limit} {one if limit == 1 else many}"


def of_types(names: Iterable[str]) -> str:
    """Say which types are taken."""
    return f"Must be {' or '.join(sorted(_ARTICLES.get(name, name) for name in names))}."


def _one_of(kind: Any) -> str:
    return f"Must be one of {', '.join(_shown(option) for option in kind.options)}."


def _shown(option: Any) -> str:
    if isinstance(option, str):
        return option
    return json.dumps(option) if option is None or isinstance(option, int | float) else "…"


def _not(kind: Any) -> str:
    schema = kind.schema
    if isinstance(schema, dict) and set(schema) == {"const"}:
        return f"Must not be {_shown(schema['const'])}."
    return "Is one of those that are not taken."


_SENTENCES: dict[str, Callable[[Any], str]] = {
    "type": lambda kind: of_types(kind.types),
    "enum": _one_of,
    "const": lambda kind: f"Must be {_shown(kind.expected_value)}.",
    "not": _not,
    "format": lambda kind: f"Must be {_FORMATS.get(kind.format, f'of the form {kind.format}')}.",
    "pattern": lambda _: "Does not have the form that is asked for.",
    "minLength": lambda kind: f"At least {_count(kind.limit, 'character', 'characters')}.",
    "maxLength": lambda kind: f"At most {_count(kind.limit, 'character', 'characters')}.",
    "minimum": lambda kind: f"At least {kind.limit}.",
    "maximum": lambda kind: f"At most {kind.limit}.",
    "exclusiveMinimum": lambda kind: f"More than {kind.limit}.",
    "exclusiveMaximum": lambda kind: f"Less than {kind.limit}.",
    "multipleOf": lambda kind: f"Must be a multiple of {kind.multiple_of}.",
    "minItems": lambda kind: f"At least {_count(kind.limit, 'entry', 'entries')}.",
    "maxItems": lambda kind: f"At most {_count(kind.limit, 'entry', 'entries')}.",
    "uniqueItems": lambda _: "No entry may be there twice.",
    "minProperties": lambda kind: f"At least {_count(kind.limit, 'field', 'fields')}.",
    "maxProperties": lambda kind: f"At most {_count(kind.limit, 'field', 'fields')}.",
}


def sentence(kind: Any) -> str:
    """Say what this broken keyword asks for."""
    say = _SENTENCES.get(kind.name)
    return say(kind) if say else "Is not of the form that is asked for."
