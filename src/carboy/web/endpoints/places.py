"""Where a parameter comes from, said in its annotation: `limit: Annotated[int, Query(maximum=100)] = 20`.

A parameter called `body` comes from the JSON body, one that is named in the route from there; they need no mark.
Rules are the keywords of JSON Schema, written as Python writes names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class _Unsaid:
    """Stands for a rule that is not given, since None is a value like any other."""


UNSAID = _Unsaid()


class Place:
    """The text of a request that has names: its query, headers, form, or the variable parts of its path."""

    where = ""

    def __init__(
        self,
        name: str = "",
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        exclusive_minimum: float | None = None,
        exclusive_maximum: float | None = None,
        multiple_of: float | None = None,
        min_length: int | None = None,
        max_length: int | None = None,
        pattern: str | None = None,
        min_items: int | None = None,
        max_items: int | None = None,
        not_equal: Any = UNSAID,
        description: str | None = None,
        example: Any = UNSAID,
    ) -> None:
        self.name = name
        rules = {
            "minimum": minimum,
            "maximum": maximum,
            "exclusiveMinimum": exclusive_minimum,
            "exclusiveMaximum": exclusive_maximum,
            "multipleOf": multiple_of,
            "minLength": min_length,
            "maxLength": max_length,
            "pattern": pattern,
            "minItems": min_items,
            "maxItems": max_items,
            "description": description,
        }
        self.rules: dict[str, Any] = {keyword: value for keyword, value in rules.items() if value is not None}
        if not_equal is not UNSAID:
            self.rules["not"] = {"const": not_equal}
        if example is not UNSAID:
            self.rules["examples"] = [example]

    def wire_name(self, parameter: str) -> str:
        """Return what the client calls this parameter."""
        return self.name or parameter


class Query(Place):
    """From the query string. A model becomes one parameter for each of its fields."""

    where = "query"


class Header(Place):
    """From a header; `x_trace` is `X-Trace` unless a name is given."""

    where = "header"

    def wire_name(self, parameter: str) -> str:
        """Return the name of the header."""
        return self.name or parameter.replace("_", "-").title()


class Route(Place):
    """From the variable part of the path that has the parameter's name."""

    where = "path"


class Form(Place):
    """From a form. On API blueprints only beside an Upload."""

    where = "form"


@dataclass(frozen=True)
class Json:
    """A JSON body or answer that keeps to a schema file, `Json("foss/create_foss")`, or to a marshmallow schema."""

    schema: Any = None


@dataclass(frozen=True)
class Given:
    """A value that the application finds out for the view: `CurrentUser = Annotated[User, Given(current_user)]`."""

    find: Callable[[], Any]


@dataclass(frozen=True)
class File:
    """What an uploaded file may be: its declared type, its ending and its first bytes must all agree."""

    types: tuple[str, ...]
    max_bytes: int | None = None
