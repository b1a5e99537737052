"""A marshmallow schema as a contract, for those who bring theirs along (the extra `marshmallow`).

Its fields are told to the judge as JSON Schema, so that it is as strict as every other contract; then the schema loads
what was judged right, with whatever rules of its own it has.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from carboy.errors import SetupError
from carboy.web.contracts.judge import Fault, Path
from carboy.web.contracts.types import DECIMAL, LARGEST, SMALLEST

if TYPE_CHECKING:
    from marshmallow import Schema
    from marshmallow.fields import Field


def schema_of(said: Any) -> dict[str, Any]:
    """Return the JSON Schema of a marshmallow schema."""
    schema = _instance(said)
    loaded = {name: field for name, field in schema.fields.items() if not field.dump_only}
    return {
        "type": "object",
        "properties": {field.data_key or name: _field(field) for name, field in loaded.items()},
        "required": [field.data_key or name for name, field in loaded.items() if field.required],
        "additionalProperties": schema.unknown != "raise",
    }


def receiver(said: Any) -> Callable[[Any], tuple[Any, Sequence[Fault]]]:
    """Return what loads a value that was judged right."""
    from marshmallow import ValidationError

    schema = _instance(said)

    def receive(value: Any) -> tuple[Any, Sequence[Fault]]:
        try:
            return schema.load(value), ()
        except ValidationError as error:
            return None, list(_faults(error.messages, ()))

    return receive


def _instance(said: Any) -> "Schema":
    from marshmallow import Schema

    schema = said() if isinstance(said, type) else said
    if not isinstance(schema, Schema):
        raise SetupError(f"Json({said!r}) names no schema file, and no marshmallow schema. Give it one of them.")
    return schema


def _faults(messages: Any, path: Path) -> Sequence[Fault]:
    if isinstance(messages, Mapping):
        return [
            fault
            for step, inner in messages.items()
            for fault in _faults(inner, path if step == "_schema" else (*path, step))
        ]
    return [Fault(path, "rule", str(message)) for message in messages]


def _field(field: "Field[Any]") -> dict[str, Any]:
    said = _kind(field)
    for rule in field.validators:
        said |= _rule(rule, said)
    return {"anyOf": [said, {"type": "null"}]} if field.allow_none else said


def _kind(field: "Field[Any]") -> dict[str, Any]:
    from marshmallow import fields

    if isinstance(field, fields.Nested):
        return schema_of(field.schema)
    if isinstance(field, fields.List):
        return {"type": "array", "items": _field(field.inner)}
    if isinstance(field, fields.Enum):
        return {"enum": [member.value if field.by_value else member.name for member in field.enum]}
    for kind, said in _kinds():
        if isinstance(field, kind):
            return dict(said)
    raise SetupError(
        f"{type(field).__name__} of marshmallow cannot be told as JSON Schema. Use a schema file or a type."
    )


def _kinds() -> Sequence[tuple[type, dict[str, Any]]]:
    from marshmallow import fields

    return (
        (fields.Email, {"type": "string", "format": "email"}),
        (fields.URL, {"type": "string", "format": "uri"}),
        (fields.UUID, {"type": "string", "format": "uuid"}),
        (fields.Date, {"type": "string", "format": "date"}),
        (fields.DateTime, {"type": "string", "format": "date-time"}),
        (fields.String, {"type": "string"}),
        (fields.Boolean, {"type": "boolean"}),
        (fields.Integer, {"type": "integer", "minimum": SMALLEST, "maximum": LARGEST}),
        (fields.Decimal, {"type": ["number", "string"], "pattern": DECIMAL}),
        (fields.Float, {"type": "number"}),
        (fields.Dict, {"type": "object"}),
        (fields.Raw, {}),
    )


def _rule(rule: Any, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords of a marshmallow rule; one that has none is left to marshmallow itself."""
    from marshmallow import validate

    if isinstance(rule, validate.Length):
        things = {"array": "Items", "object": "Properties"}.get(said.get("type", ""), "Length")
        return _given({f"min{things}": rule.equal or rule.min, f"max{things}": rule.equal or rule.max})
    if isinstance(rule, validate.Range):
        low = "minimum" if rule.min_inclusive else "exclusiveMinimum"
        high = "maximum" if rule.max_inclusive else "exclusiveMaximum"
        return _given({low: rule.min, high: rule.max})
    if isinstance(rule, validate.OneOf):
        return {"enum": list(rule.choices)}
    if isinstance(rule, validate.NoneOf):
        return {"not": {"enum": list(rule.iterable)}}
    if isinstance(rule, validate.Equal):
        return {"const": rule.comparable}
    if isinstance(rule, validate.Regexp):
        return {"pattern": f"^(?:{rule.regex.pattern!s})"}  # marshmallow matches from the start
    return {}


def _given(keywords: Mapping[str, Any]) -> dict[str, Any]:
    return {keyword: value for keyword, value in keywords.items() if value is not None}
