"""One route of an application: what it answers to, what its view says of itself, and an address that it could have."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from carboy.errors import SetupError

if TYPE_CHECKING:
    from werkzeug.routing import BaseConverter, Rule

    from carboy.web.endpoints.signature import Plan

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LENGTHS = (16, 43, 8, 4, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class Door:
    """One route of the application, as its view and its place describe it."""

    rule: "Rule"
    is_api: bool
    is_open: bool
    takes_foreign_posts: bool
    writes: bool
    roles: tuple[str, ...]
    compiled: Callable[[], "Plan | None"]

    @property
    def plan(self) -> "Plan | None":
        """What its @endpoint asks for. It is compiled when it is wanted: few laws do, and that takes longest."""
        return self.compiled()

    @property
    def endpoint(self) -> str:
        """The name of its view."""
        return str(self.rule.endpoint)

    @property
    def methods(self) -> list[str]:
        """Every method that its view answers; OPTIONS only where Flask does not answer it by itself."""
        by_flask = {"OPTIONS"} if getattr(self.rule, "provide_automatic_options", False) else set()
        return sorted((self.rule.methods or set()) - by_flask)

    @property
    def unsafe_methods(self) -> list[str]:
        """The methods that may change something."""
        return [method for method in self.methods if method in UNSAFE]

    @property
    def is_read(self) -> bool:
        """Whether it can be looked at without knowing an id."""
        return "GET" in self.methods and not self.rule.arguments

    def path(self, parts: Mapping[str, Any] | None = None) -> str:
        """Its address, with these values in its variable parts, or else with some that could be."""
        converters = self.rule._converters  # noqa: SLF001  (nowhere else is it told what a part may be)
        values = {name: _likely(converters[name]) for name in self.rule.arguments if name in converters}
        built = self.rule.build({**values, **(parts or {})}, append_unknown=False)
        if built is None:
            raise SetupError(f"No address of {self.rule} can be made of {dict(parts or {})}. Give other values.")
        return built[1]

    def __str__(self) -> str:
        return f"{self.endpoint} ({self.rule})"


def declared_names(door: Door, where: str) -> list[str]:
    """Name what a view says that it takes from its query or form."""
    places = door.plan.places if door.plan else ()
    return [name for place in places if place.where == where for name in place.schema["properties"]]


def _likely(converter: "BaseConverter") -> Any:
    from werkzeug.routing.converters import AnyConverter, NumberConverter, UUIDConverter

    if isinstance(converter, UUIDConverter):
        return uuid4()
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    if isinstance(converter, NumberConverter):
        return converter.num_convert(converter.min or 1)
    texts = (uuid4().hex.ljust(length, "x")[:length] for length in _LENGTHS)
    return next((text for text in texts if re.fullmatch(converter.regex, text)), "x")
