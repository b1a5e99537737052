"""Where one schema takes what another does not. To find no gap means that there is none; a gap may be a false alarm.

The same question serves both directions: requests must go on fitting (is the old inside the new?), and answers must
still be what was promised (is the new inside the old?).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from carboy.errors import SetupError
from carboy.web.contracts.judge import Judge
from carboy.web.openapi.keywords import concerns, kept, most
from carboy.web.openapi.shapes import EVERY_TYPE, Choice, Schema, Shape, types_of


class Gap(NamedTuple):
    """Something that the inner schema allows and the outer does not, and how each of them says it."""

    pointer: str
    keyword: str
    inner: str = ""
    outer: str = ""


@dataclass
class Search:
    """One search for gaps, and what it makes of fields that only one of the two schemas names."""

    forgives_missing: bool = False  # named by the outer alone: nobody sends what their contract does not name
    forgives_extra: bool = False  # named by the inner alone: nobody minds what they do not know
    tells_all: bool = False  # tell of such fields even where every value fits
    _under_way: set[tuple[str, str]] = field(default_factory=set)

    def gaps(self, inner: Schema, outer: Schema, pointer: str = "#") -> list[Gap]:
        """Return where the inner schema takes what the outer does not."""
        pair = inner.mark, outer.mark
        # A pair that is being compared further out is taken to fit: if it does not, that is told there.
        if pair[0] == pair[1] or pair in self._under_way:
            return []
        self._under_way.add(pair)
        found = [gap for shape in inner.shapes if shape.types for gap in self._of_shape(shape, outer, pointer)]
        self._under_way.discard(pair)
        return list(dict.fromkeys(found))

    def _of_shape(self, shape: Shape, outer: Schema, pointer: str) -> Iterator[Gap]:
        parts, choices = outer.conjuncts
        taken = EVERY_TYPE.intersection(*map(types_of, parts))
        if refused := shape.types - taken:
            yield _types_gap(pointer, shape.types, refused, taken)
            shape = shape.of_type(*taken)
        if shape.values is not None:
            yield from (Gap(pointer, "value", _shown(value)) for value in _refused(shape.values, outer))
            return
        for part in parts:
            yield from self._of_keywords(shape, part, outer, pointer)
            yield from self._of_items(shape, part, outer, pointer)
            yield from self._of_fields(shape, part, outer, pointer)
        if self.tells_all and not choices:
            named = {name for part in parts for name in part.get("properties", {})}
            yield from (Gap(_within(pointer, name), "field", "there") for name in shape.named if name not in named)
        for choice in choices:
            for type_ in sorted(shape.types):
                yield from self._of_choice(shape.of_type(type_), choice, pointer)

    def _of_keywords(self, shape: Shape, part: dict[str, Any], outer: Schema, pointer: str) -> Iterator[Gap]:
        for keyword in part:
            if concerns(keyword, shape) and not kept(shape, keyword, part, outer.home):
                yield Gap(pointer, keyword, _shown_all(shape.said(keyword)), _shown(part[keyword]))

    def _of_choice(self, shape: Shape, choice: Choice, pointer: str) -> list[Gap]:
        """Return the gaps to the branch that was probably meant."""
        trials = [(branch, self.gaps(shape.schema, branch, pointer)) for branch in choice.branches]
        meant, gaps = min(trials, key=lambda trial: (bool(trial[1]) and _apart(shape, trial[0]), len(trial[1])))
        if not gaps and choice.keyword == "oneOf":
            exclusive = all(_apart(shape, branch) for branch in choice.branches if branch is not meant)
            return [] if exclusive else [Gap(pointer, "oneOf")]
        return gaps

    def _of_items(self, shape: Shape, part: dict[str, Any], outer: Schema, pointer: str) -> Iterator[Gap]:
        if "array" not in shape.types or not {"items", "prefixItems"} & set(part):
            return
        other = Shape(outer.home, [part])
        placed = max(shape.placed_items, other.placed_items)
        for index in range(placed + 1):
            if index < most(shape, "maxItems"):
                at = _within(pointer, str(index) if index < placed else "*")
                yield from self.gaps(shape.item(index), other.item(index), at)

    def _of_fields(self, shape: Shape, part: dict[str, Any], outer: Schema, pointer: str) -> Iterator[Gap]:
        if "object" not in shape.types:
            return
        properties = part.get("properties", {})
        for name in dict.fromkeys([*properties, *part.get("required", [])]):
            must = name in part.get("required", []) and name not in shape.required
            yield from self._of_field(shape.field(name), properties.get(name), outer, _within(pointer, name), must=must)
        others = part.get("additionalProperties", True)
        for name in shape.named:
            if name not in properties:
                yield from self._of_extra(shape.field(name), outer.inner(others), _within(pointer, name))
        yield from self._of_others(shape.other_fields(), outer.inner(others), pointer)

    def _of_field(self, inner: Schema | None, said: Any, outer: Schema, at: str, *, must: bool) -> Iterator[Gap]:
        absent = inner is None or inner.never
        if absent and said not in (None, False) and not self.forgives_missing:
            yield Gap(at, "field", "", "there")
            return
        if must:
            yield Gap(at, "required", "optional", "required")
        if inner is not None and said is not None:
            yield from self.gaps(inner, outer.inner(said), at)

    def _of_extra(self, inner: Schema | None, others: Schema, at: str) -> Iterator[Gap]:
        """Compare a field that the inner names and this part of the outer does not."""
        if inner is None or inner.never or others.said is True:
            return
        if not others.never:
            yield from self.gaps(inner, others, at)
        elif not self.forgives_extra:
            yield Gap(at, "field", "there")

    def _of_others(self, inner: Schema | None, others: Schema, pointer: str) -> Iterator[Gap]:
        """Compare the fields that neither names."""
        if others.said is True or (others.never and self.forgives_extra) or (inner and inner.never):
            return
        if inner is None or others.never:
            yield Gap(pointer, "additionalProperties", "open", "closed" if others.never else "of one kind")
        else:
            yield from self.gaps(inner, others, _within(pointer, "*"))


def _types_gap(pointer: str, types: frozenset[str], refused: frozenset[str], taken: frozenset[str]) -> Gap:
    if types == EVERY_TYPE:
        return Gap(pointer, "type", "anything", _named(taken))
    return Gap(pointer, "types", _named(refused))


def _named(types: frozenset[str]) -> str:
    names = types - {"fraction", "integer"} | ({"number"} if "fraction" in types else types & {"integer"})
    return ", ".join(sorted(names)) or "nothing"


def _refused(values: Sequence[Any], outer: Schema) -> list[Any]:
    try:
        judge = Judge({**outer.home.said, "allOf": [outer.said]}, called="the API's document")
    except SetupError:  # a schema that cannot be read takes nothing, as far as we know
        return list(values)
    return [value for value in values if judge.faults(value)]


def _apart(shape: Shape, branch: Schema) -> bool:
    return all(shape.is_apart_from(other) for other in branch.shapes)


def _within(pointer: str, name: str) -> str:
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"


def _shown_all(said: Sequence[Any]) -> str:
    return " and ".join(map(_shown, said)) or "not said"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
