"""What a job is asked with: bound to the handler's parameters, checked by their types, written as JSON.

They pass through JSON in tests as well, so a test fails where production would.
"""

import inspect
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, get_type_hints
from weakref import WeakKeyDictionary

from carboy.errors import SetupError
from carboy.jobs.declaring import Handler

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import TypeAdapter, ValidationError

_ASKING = "Pass what its parameters take, as JSON can carry it."
_adapters: "WeakKeyDictionary[Callable[..., Any], TypeAdapter[Any]]" = WeakKeyDictionary()


def write(handler: Handler, given: tuple[Any, ...], named: dict[str, Any]) -> str:
    """Return these arguments as they go into the row, or say what is wrong with them."""
    from pydantic import ValidationError
    from pydantic_core import PydanticSerializationError

    try:
        bound = inspect.Signature(handler.arguments).bind(*given, **named).arguments
        adapter = _adapter(handler)
        values = adapter.validate_python(bound)
        text = adapter.dump_json(values)
        # NaN in a model becomes null, a secret becomes stars: better said here than found out by the handler.
        if adapter.validate_json(text) != values:
            raise TypeError("what would arrive is not what was given")
        return text.decode()
    except ValidationError as error:
        raise SetupError(f"The job {handler.name} cannot be asked for like this: {_wrong(error)}. {_ASKING}") from None
    except (TypeError, PydanticSerializationError) as error:
        raise SetupError(f"The job {handler.name} cannot be asked for like this: {error}. {_ASKING}") from None


def read(handler: Handler, text: str, version: int) -> dict[str, Any]:
    """Return the arguments of a row, brought up to date if an older release has written them."""
    from pydantic import ValidationError

    values = json.loads(text)
    if version != handler.version:
        if handler.upgrade is None:
            raise SetupError(
                f"A job {handler.name} has arguments of version {version}, and this release knows {handler.version}."
                " Say upgrade=, a function that makes new ones of the old."
            )
        values = handler.upgrade(version, values)
    try:
        arguments: dict[str, Any] = _adapter(handler).validate_json(json.dumps(values))
    except ValidationError as error:  # which shows the values, and they may be secret
        told = f"A job {handler.name} has arguments that this release does not understand: {_wrong(error)}."
        raise SetupError(f"{told} If they have changed, say version= and upgrade=.") from None
    return arguments


def _wrong(error: "ValidationError") -> str:
    told = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in told)


def _adapter(handler: Handler) -> "TypeAdapter[Any]":
    if handler.function not in _adapters:
        _adapters[handler.function] = _make_adapter(handler)
    return _adapters[handler.function]


def _hints(handler: Handler) -> dict[str, Any]:
    """Return the types of the arguments alone: those of seams may be known to a type checker only."""
    ours = SimpleNamespace(
        __annotations__={one.name: one.annotation for one in handler.arguments if one.annotation is not one.empty}
    )
    return get_type_hints(ours, inspect.unwrap(handler.function).__globals__, include_extras=True)


def _make_adapter(handler: Handler) -> "TypeAdapter[Any]":
    import typing_extensions
    from pydantic import ConfigDict, JsonValue, TypeAdapter

    typed_dict: Any = typing_extensions.TypedDict
    hints = _hints(handler)
    fields: dict[str, Any] = {}
    for parameter in handler.arguments:
        kind = hints.get(parameter.name, Any)
        kind = JsonValue if kind is Any else kind  # what JSON would change on the way is refused
        fields[parameter.name] = kind if parameter.default is parameter.empty else typing_extensions.NotRequired[kind]
    arguments: Any = typed_dict("Arguments", fields)
    arguments.__pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False)
    return TypeAdapter(arguments)
