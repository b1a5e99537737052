"""What a schema takes, seen as alternatives: each a shape, whose parts must all hold.

A shape may be read as wider than it is, never as narrower: a comparison that finds it inside another schema is right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, product
from math import inf
from typing import Any, NamedTuple

from carboy.web.openapi.schemas import Document, decides, listed

_COMPOSING = {"$ref", "allOf", "anyOf", "oneOf"}
_NUMBER = ("integer", "fraction")  # a number is one or the other, so that an integer is inside a number
EVERY_TYPE = frozenset({"null", "boolean", "string", "array", "object", *_NUMBER})
_FEW: dict[str, list[Any]] = {"null": [None], "boolean": [False, True]}
_MOST_ALTERNATIVES = 200  # beyond, choices are read as if they were not there


class Choice(NamedTuple):
    """An anyOf or a oneOf."""

    keyword: str
    branches: "list[Schema]"


@dataclass(frozen=True)
class Schema:
    """A schema, and the document in which its references lead somewhere."""

    said: Any
    home: Document
    through: frozenset[str] = field(default=frozenset(), compare=False)  # references already followed at this place

    @property
    def mark(self) -> str:
        """The same text for every schema that says the same."""
        return self.home.print_of(self.said)

    @property
    def never(self) -> bool:
        """Whether no value at all is taken."""
        return self.said is False

    def inner(self, said: Any) -> "Schema":
        """Return the schema of a place further in."""
        return Schema(said, self.home)

    @cached_property
    def conjuncts(self) -> tuple[list[dict[str, Any]], list[Choice]]:
        """What must all hold: plain parts, and choices."""
        if not isinstance(self.said, dict):
            return ([{"type": []}] if self.never else []), []
        parts = [{keyword: said for keyword, said in self.said.items() if keyword not in _COMPOSING}]
        choices = [
            Choice(key, list(map(self._here, self.said[key]))) for key in ("anyOf", "oneOf") if self.said.get(key)
        ]
        for conjunct in [*map(self._here, self.said.get("allOf", [])), *self._referred(parts)]:
            parts += conjunct.conjuncts[0]
            choices += conjunct.conjuncts[1]
        return [part for part in parts if any(map(decides, part))], choices

    def _referred(self, parts: list[dict[str, Any]]) -> Iterator["Schema"]:
        reference = self.said.get("$ref")
        if reference is None:
            return
        target = self.home.target(reference)
        if target is None or reference in self.through:  # leads nowhere, or round in a circle
            parts.append({"$ref": reference})
        else:
            yield replace(self, said=target, through=self.through | {reference})

    def _here(self, said: Any) -> "Schema":
        return replace(self, said=said)

    @property
    def shapes(self) -> "list[Shape]":
        """The alternatives, of which a value fits at least one."""
        parts, choices = self.conjuncts
        options = [[shape.parts for branch in choice.branches for shape in branch.shapes] for choice in choices]
        combined = list(islice(product(*options), _MOST_ALTERNATIVES + 1))
        if len(combined) > _MOST_ALTERNATIVES:
            combined = [()]
        return [Shape(self.home, [*parts, *(part for one in chosen for part in one)]) for chosen in combined]


class Shape:
    """One alternative: a value fits if it fits every part."""

    def __init__(self, home: Document, parts: Sequence[dict[str, Any]]) -> None:
        self.home = home
        self.parts = [part for index, part in enumerate(parts) if part not in parts[:index]]

    def of_type(self, *types: str) -> "Shape":
        """Return what of this shape has one of these types."""
        return self if self.types <= set(types) else Shape(self.home, [{"type": list(types)}, *self.parts])

    @property
    def schema(self) -> Schema:
        """The shape as a schema again."""
        return self._all(self.parts)

    @cached_property
    def types(self) -> frozenset[str]:
        """The types that a value can have."""
        types = EVERY_TYPE.intersection(*(types_of(part) for part in self.parts))
        return types if self._listed is None else types & {type_of(value) for value in self._listed}

    @cached_property
    def values(self) -> list[Any] | None:
        """All the values there are, if they are few."""
        if self._listed is not None:
            return [value for value in self._listed if type_of(value) in self.types]
        if self.types <= set(_FEW):
            return [value for type_ in sorted(self.types) for value in _FEW[type_]]
        return None

    @cached_property
    def _listed(self) -> list[Any] | None:
        lists: list[list[Any]] = [*self.said("enum"), *([value] for value in self.said("const"))]
        return min(lists, key=len, default=None)

    @cached_property
    def required(self) -> set[str]:
        """Fields that are always there."""
        return {name for part in self.parts for name in part.get("required", [])}

    @cached_property
    def named(self) -> dict[str, None]:
        """Fields that are spoken of."""
        return dict.fromkeys(name for part in self.parts for name in part.get("properties", {}))

    def field(self, name: str) -> Schema | None:
        """Return what a field holds; None if nothing is said about it."""
        said = [part.get("properties", {}).get(name, self._others(part)) for part in self.parts]
        return (
            self._all([each for each in said if each is not None]) if any(each is not None for each in said) else None
        )

    def other_fields(self) -> Schema | None:
        """Return what fields hold that nobody speaks of; None if nothing is said about them."""
        said = [each for part in self.parts if (each := self._others(part)) is not None]
        return self._all(said) if said else None

    def item(self, index: int) -> Schema:
        """Return what the item at this place in an array holds."""
        return self._all([_item(part, index) for part in self.parts])

    @property
    def placed_items(self) -> int:
        """How many items have a place of their own."""
        return max((len(part.get("prefixItems", [])) for part in self.parts), default=0)

    def said(self, keyword: str) -> list[Any]:
        """Return everything that is said by a keyword."""
        return [part[keyword] for part in self.parts if keyword in part]

    @property
    def floor(self) -> tuple[float, bool]:
        """The lower bound of a number, and whether it is itself too low."""
        at, above = self.said("minimum"), self.said("exclusiveMinimum")
        return max([*((low, False) for low in at), *((low, True) for low in above)], default=(-inf, False))

    @property
    def ceiling(self) -> tuple[float, bool]:
        """The upper bound, its sign turned so that the tighter is the greater, and whether it is itself too high."""
        at, below = self.said("maximum"), self.said("exclusiveMaximum")
        return max([*((-top, False) for top in at), *((-top, True) for top in below)], default=(-inf, False))

    def is_apart_from(self, other: "Shape") -> bool:
        """Whether surely no value fits both: by their types, their few values, or a field that tells them apart."""
        shared = self.types & other.types
        if not shared or _nothing_in_common(self.values, other.values):
            return True
        return shared == {"object"} and any(
            _nothing_in_common(self.values_of(name), other.values_of(name)) for name in self.required | other.required
        )

    def values_of(self, name: str) -> list[Any] | None:
        """Return all the values that a field can have, if they are few."""
        if (field := self.field(name)) is None:
            return None
        found = [shape.values for shape in field.shapes]
        return None if None in found else [value for values in found for value in values or ()]

    def _others(self, part: dict[str, Any]) -> Any:
        """Return what one part says of fields that it does not name; None if it leaves them open without a word.

        A pattern may name any of them. And where names are not spoken of at all, any of them is meant.
        """
        if "patternProperties" in part:
            return True
        return part.get("additionalProperties", None if self.said("properties") else True)

    def _all(self, said: Sequence[Any]) -> Schema:
        different = [each for index, each in enumerate(said) if each is not True and each not in said[:index]]
        if any(each is False for each in different):
            return Schema(False, self.home)
        return Schema(different[0] if len(different) == 1 else {"allOf": different} if different else True, self.home)


def _nothing_in_common(some: list[Any] | None, others: list[Any] | None) -> bool:
    return some is not None and others is not None and not any(value in others for value in some)


def types_of(part: dict[str, Any]) -> frozenset[str]:
    """Return the types that a part of a schema takes."""
    if "type" not in part:
        return EVERY_TYPE
    return frozenset(one for name in listed(part["type"]) for one in (_NUMBER if name == "number" else (name,)))


def type_of(value: Any) -> str:
    """Return the type of a value, an integer if it is a whole number however it is written."""
    if isinstance(value, float):
        return "integer" if value.is_integer() else "fraction"
    if isinstance(value, dict):
        return "object"
    names = {bool: "boolean", int: "integer", str: "string", list: "array"}
    return names.get(type(value), "null")


def _item(part: dict[str, Any], index: int) -> Any:
    placed = part.get("prefixItems", [])
    return placed[index] if index < len(placed) else part.get("items", True)
