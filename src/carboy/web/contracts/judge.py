"""Value → faults: the one place that knows the validator (jsonschema-rs).

A fault is a place, the keyword that is broken there, and a sentence. Two liberties are taken with what the validator
reports, so that a person can mend what is wrong: a missing or an unknown field is found where it should be or is, and
of several alternatives the one that was meant is reported.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from carboy.errors import SetupError, Violation
from carboy.web.contracts import wording
from carboy.web.contracts.formats import FORMATS

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

Path = tuple[str | int, ...]

MOST_FAULTS = 100  # nobody mends more at once, and an answer must not be larger than what was sent


class Fault(NamedTuple):
    """Where a value breaks its schema, which keyword it breaks, and a sentence about it."""

    path: Path
    code: str
    detail: str

    def in_body(self) -> Violation:
        """Say it of a body, with a JSON pointer."""
        return Violation("body", pointer(self.path), self.code, self.detail)

    def at(self, where: str) -> Violation:
        """Say it of a place where values have names: a query, a path, headers, a form."""
        return Violation(where, str(self.path[0]) if self.path else "", self.code, self.detail)


class Judge:
    """A JSON Schema that has been read and found right, ready to judge values."""

    def __init__(self, schema: dict[str, Any], *, called: str) -> None:
        import jsonschema_rs

        try:
            self._validator = jsonschema_rs.Draft202012Validator(
                schema, validate_formats=True, formats=FORMATS, retriever=_refuse_to_fetch
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise SetupError(f"The schema of {called} is wrong. Mend it: {str(error).splitlines()[0]}") from error

    def faults(self, value: Any, *, look_for_nul: bool = False, thorough: bool = True) -> list[Fault]:
        """Return what is wrong with the value, in the order of its places: all of it, if `thorough`, or something."""
        found = list(islice(_nul(value), MOST_FAULTS)) if look_for_nul else []
        if not self._validator.is_valid(value):
            found += [fault for error in self._errors(value, thorough) for fault in _faults(error)]
        return sorted(set(found), key=_reading_order)[:MOST_FAULTS]

    def _errors(self, value: Any, thorough: bool) -> "Iterable[ValidationError]":
        import jsonschema_rs

        if thorough:
            return self._validator.iter_errors(value)
        try:
            self._validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            return [error]
        return []


def pointer(path: Sequence[str | int]) -> str:
    """Write a path as the fragment of a JSON pointer: #/tags/0/name."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _reading_order(fault: Fault) -> tuple[Any, ...]:
    return [(isinstance(step, str), step) for step in fault.path], fault.code, fault.detail


def _refuse_to_fetch(uri: str) -> Any:
    raise ValueError(f"a schema is never fetched from elsewhere: {uri}")


def _faults(error: "ValidationError") -> Iterator[Fault]:
    path: Path = tuple(error.instance_path)
    kind: Any = error.kind
    if kind.name == "required":
        yield Fault((*path, kind.property), "required", wording.REQUIRED)
    elif kind.name in ("additionalProperties", "unevaluatedProperties"):
        for name in islice(kind.unexpected, MOST_FAULTS):
            yield Fault((*path, name), kind.name, wording.UNKNOWN)
    elif kind.name in ("anyOf", "oneOf"):
        yield from _alternatives(path, kind)
    else:
        yield Fault(path, kind.name, wording.sentence(kind))


def _alternatives(path: Path, kind: Any) -> Iterator[Fault]:
    """Report the one alternative whose type fits, so that `T | None` reads as `T` does; or that no type fits."""
    refused = [_types_refused(path, errors) for errors in kind.context]
    fitting = [errors for errors, types in zip(kind.context, refused, strict=True) if not types]
    if not fitting:
        yield Fault(path, "type", wording.of_types({name for types in refused for name in types}))
    elif len(fitting) == 1:
        for error in fitting[0]:
            yield from _faults(error)
    else:
        yield Fault(path, kind.name, wording.sentence(kind))


def _types_refused(path: Path, errors: list[Any]) -> list[str]:
    """Return the types that this alternative asks for, if the value is of none of them."""
    return [
        name
        for error in errors
        if error.kind.name == "type" and tuple(error.instance_path) == path
        for name in error.kind.types
    ]


def _nul(value: Any, path: Path = ()) -> Iterator[Fault]:
    if isinstance(value, str):
        if "\0" in value:
            yield Fault(path, "pattern", wording.NUL)
    elif isinstance(value, dict):
        for name, child in value.items():
            if "\0" in name:
                yield Fault((*path, name), "propertyNames", wording.NUL)
            yield from _nul(child, (*path, name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _nul(child, (*path, index))
