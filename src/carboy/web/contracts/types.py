"""A type as a contract: a pydantic model, a dataclass, a TypedDict, or anything else that pydantic understands."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from pydantic import PydanticUserError, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from carboy.errors import SetupError
from carboy.web.contracts.judge import Fault, Path

Mode = Literal["validation", "serialization"]

# What an integer column holds on every database. Wider numbers would be accepted, and fail where nobody explains.
SMALLEST, LARGEST = -(2**63), 2**63 - 1
_OTHERS = "additionalProperties"
DECIMAL = r"^-?[0-9]{1,60}(\.[0-9]{1,60})?$"


class JsonSchema(GenerateJsonSchema):
    """JSON Schemas that say all that we hold: objects are closed, whole numbers fit a column."""

    def int_schema(self, schema: Any) -> dict[str, Any]:
        """Give a whole number the bounds that every database has."""
        said = super().int_schema(schema)
        if not {"minimum", "exclusiveMinimum"} & said.keys():
            said["minimum"] = SMALLEST
        if not {"maximum", "exclusiveMaximum"} & said.keys():
            said["maximum"] = LARGEST
        return said

    def decimal_schema(self, schema: Any) -> dict[str, Any]:
        """Say which text is a decimal number."""
        said = super().decimal_schema(schema)
        for one in said.get("anyOf", [said]):
            if one.get("type") == "string":
                one.setdefault("pattern", DECIMAL)
        return said

    def model_schema(self, schema: Any) -> dict[str, Any]:
        """Close the object."""
        return self._closed(super().model_schema(schema))

    def dataclass_schema(self, schema: Any) -> dict[str, Any]:
        """Close the object."""
        return self._closed(super().dataclass_schema(schema))

    def typed_dict_schema(self, schema: Any) -> dict[str, Any]:
        """Close the object."""
        return self._closed(super().typed_dict_schema(schema))

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        """Leave out titles that only repeat a field's name."""
        return False

    def _closed(self, said: dict[str, Any]) -> dict[str, Any]:
        # What we answer may grow by a field without breaking anybody; what we take may not hold an unknown one.
        if self.mode == "serialization":
            return {keyword: value for keyword, value in said.items() if (keyword, value) != (_OTHERS, False)}
        if "properties" in said:
            said.setdefault(_OTHERS, False)
        return said


def schema_of(kind: Any, mode: Mode = "validation") -> dict[str, Any]:
    """Return the JSON Schema of a type; what it refers to is in its $defs."""
    with _understood(kind):
        return TypeAdapter(kind).json_schema(mode=mode, schema_generator=JsonSchema, ref_template="#/$defs/{model}")


def adapter_of(kind: Any) -> TypeAdapter[Any]:
    """Return pydantic's reader and writer of a type."""
    with _understood(kind):
        return TypeAdapter(kind)


@contextmanager
def _understood(kind: Any) -> Iterator[None]:
    try:
        yield
    except PydanticUserError as error:
        raise SetupError(f"{kind!r} cannot be a contract. Take a type that pydantic knows: {error.message}") from error


def receive(adapter: TypeAdapter[Any], value: Any) -> tuple[Any, Sequence[Fault]]:
    """Make the type's own value of what was judged right, or say what only the type could know.

    Leniently, since the judge was strict: text that a schema calls a date becomes one, 2.0 becomes 2.
    """
    try:
        return adapter.validate_python(value), ()
    except ValidationError as error:
        return None, [_fault(said, value) for said in error.errors(include_url=False, include_input=False)]


def _fault(said: Any, value: Any) -> Fault:
    return Fault(_path(said["loc"], value), *_meaning(said["type"], said["msg"]))


def _path(steps: Sequence[Any], value: Any) -> Path:
    """Keep the steps that lead somewhere in the value; pydantic adds names of alternatives between them."""
    path: list[str | int] = []
    for step in steps:
        if (isinstance(value, dict) and step in value) or (isinstance(value, list) and isinstance(step, int)):
            value = value[step]
            path.append(step)
    return tuple(path)


def _meaning(kind: str, message: str) -> tuple[str, str]:
    """Name the broken keyword. Rules written in Python have none in JSON Schema: they are called `rule`."""
    if kind in ("value_error", "assertion_error"):
        return "rule", message.partition(", ")[2] or message
    if kind.endswith(("_parsing", "_from_date_parsing", "_inexact")) or kind.startswith(("url", "uuid", "decimal")):
        return "format", "Is not of the form that is asked for."
    return ("const" if kind == "literal_error" else "rule"), message
