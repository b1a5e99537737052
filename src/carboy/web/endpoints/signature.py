"""A view's signature, read once: where each argument comes from, and what the view answers."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from werkzeug.wrappers import Response as AnyResponse

from carboy.data.pages import Page
from carboy.errors import SetupError
from carboy.web.contracts import mallow, types
from carboy.web.contracts.files import SchemaFolder
from carboy.web.endpoints.answers import Bytes, NoContent, Reply
from carboy.web.endpoints.giving import Answer
from carboy.web.endpoints.places import File, Form, Given, Header, Json, Place, Query, Route
from carboy.web.endpoints.taking import Body, Named, Parameter, Receiver, as_it_is, by_type
from carboy.web.endpoints.uploads import Upload, Uploads

Finders = Mapping[Any, Callable[[], Any]]


@dataclass(frozen=True)
class Plan:
    """Everything that an endpoint needs to know of its view, compiled."""

    called: str
    parameters: frozenset[str]
    places: Sequence[Named]
    route: Named | None
    body: Body | None
    uploads: Uploads | None
    givens: Mapping[str, Callable[[], Any]]
    asks_for: frozenset[Any]  # the types of what it is given
    answer: Answer | None  # None: the view makes its answer itself
    sends_bytes: bool = False


def read(view: Callable[..., Any], folder: SchemaFolder, finders: Finders) -> Plan:
    """Compile the plan of a view; whatever in it makes no sense is a SetupError that says where."""
    called = f"{view.__module__}.{view.__qualname__}"
    return _Reader(called, folder, finders, _hints(view, called)).read(view)


def _hints(view: Callable[..., Any], called: str) -> dict[str, Any]:
    try:
        return get_type_hints(view, include_extras=True)
    except NameError as error:
        raise SetupError(
            f"{called} has an annotation that cannot be read: {error}. @endpoint reads annotations when it runs:"
            " import what they name for real, not under TYPE_CHECKING."
        ) from error


@dataclass(frozen=True)
class _Reader:
    called: str
    folder: SchemaFolder
    finders: Finders
    hints: Mapping[str, Any]

    def read(self, view: Callable[..., Any]) -> Plan:
        parameters = inspect.signature(view).parameters
        if untyped := [name for name in parameters if name not in self.hints]:
            raise SetupError(f"{self.called} does not say of what type {untyped[0]} is. Annotate it.")
        marks = {name: self._mark(name) for name in parameters}
        uploads = {name: mark for name, (kind, mark) in marks.items() if kind is Upload}
        self._refuse_two_bodies(marks)
        return Plan(
            called=self.called,
            parameters=frozenset(parameters),
            places=[
                named for place in (Query, Header, Form) if (named := self._named(place, parameters, marks)) is not None
            ],
            route=self._named(Route, parameters, marks),
            body=self._body(marks),
            uploads=Uploads.of(uploads, called=self.called) if uploads else None,
            givens={name: mark.find for name, (_, mark) in marks.items() if isinstance(mark, Given)},
            asks_for=frozenset(kind for kind, _ in marks.values() if kind in self.finders),
            answer=self._answer(),
            sends_bytes=self.hints.get("return") is Bytes,
        )

    def _refuse_two_bodies(self, marks: Mapping[str, tuple[Any, Any]]) -> None:
        bodies = [name for name, (_, mark) in marks.items() if isinstance(mark, Json)]
        uploads = [name for name, (kind, _) in marks.items() if kind is Upload]
        if len(bodies) > 1 or (bodies and uploads):
            raise SetupError(
                f"{self.called} takes {' and '.join([*bodies, *uploads])}. Leave one: a request has one body."
            )

    def _mark(self, name: str) -> tuple[Any, Any]:
        """Return a parameter's type and where it comes from."""
        kind, mark = _unwrapped(self.hints[name])
        if mark is None and kind in self.finders:
            mark = Given(self.finders[kind])
        if kind is not Upload and (isinstance(mark, File) or Upload in get_args(kind)):
            raise SetupError(
                f"{self.called}: {name} is an Upload and nothing else. Make another view for those without."
            )
        if mark is None and kind is not Upload:
            mark = Json() if name == "body" else Route()
        return kind, mark

    def _named(
        self, place: type[Place], parameters: Mapping[str, inspect.Parameter], marks: Mapping[str, tuple[Any, Any]]
    ) -> Named | None:
        schema: dict[str, Any] = {"type": "object", "properties": {}, "required": [], "$defs": {}}
        found = [
            self._parameter(schema, name, kind, mark, parameters[name].default)
            for name, (kind, mark) in marks.items()
            if isinstance(mark, place)
        ]
        schema["additionalProperties"] = False
        return Named(place.where, schema, found, called=self.called) if found else None

    def _parameter(self, schema: dict[str, Any], name: str, kind: Any, mark: Place, default: Any) -> Parameter:
        said = types.schema_of(kind)
        schema["$defs"] |= said.pop("$defs", {})
        fields = _fields(said, schema["$defs"])
        if fields is not None:
            if mark.rules or isinstance(mark, Header):
                raise SetupError(
                    f"{self.called}: {name} is a model. Put its rules at its fields, and take headers one by one."
                )
            schema["properties"] |= {wire: _without_null(one) for wire, one in fields["properties"].items()}
            schema["required"] += fields.get("required", [])
            nullable = frozenset(wire for wire, one in fields["properties"].items() if _may_be_null(one))
            wires = tuple(fields["properties"])
            return Parameter(name, wires, whole=True, receive=by_type(kind), default=None, nullable=nullable)
        wire = mark.wire_name(name)
        schema["properties"][wire] = _without_null(said) | mark.rules
        if default is inspect.Parameter.empty:
            # Flask sees to it that a part of the path is there.
            schema["required"] += [wire] if not isinstance(mark, Route) else []
        elif default is not None:
            schema["properties"][wire].setdefault("default", default)
        nullable = frozenset({wire} if _may_be_null(said) else ())
        return Parameter(name, (wire,), whole=False, receive=by_type(kind), default=default, nullable=nullable)

    def _body(self, marks: Mapping[str, tuple[Any, Any]]) -> Body | None:
        for name, (kind, mark) in marks.items():
            if isinstance(mark, Json):
                schema, receive = self._contract(kind, mark)
                return Body(name, schema, receive, called=self.called)
        return None

    def _contract(self, kind: Any, mark: Json) -> tuple[dict[str, Any], Receiver]:
        if mark.schema is None:
            return types.schema_of(kind), by_type(kind)
        if isinstance(mark.schema, str):
            return self.folder.schema(mark.schema), as_it_is if _is_plain(kind) else by_type(kind)
        return mallow.schema_of(mark.schema), mallow.receiver(mark.schema)

    def _answer(self) -> Answer | None:
        if "return" not in self.hints:
            raise SetupError(f"{self.called} does not say what it answers. Annotate what it returns.")
        kind, mark = _unwrapped(self.hints["return"])
        origin = get_origin(kind) or kind
        if origin in (NoContent, NoneType):
            return Answer(NoContent.status, None, None, called=self.called)
        if origin is str or (isinstance(origin, type) and issubclass(origin, AnyResponse)):
            return None
        if isinstance(origin, type) and issubclass(origin, Reply):
            return self._shown(origin.status, get_args(kind)[0], mark, may_have_version=True)
        return self._shown(Reply.status, kind, mark)

    def _shown(self, status: int, kind: Any, mark: Any, *, may_have_version: bool = False) -> Answer:
        is_page = (get_origin(kind) or kind) is Page
        if not isinstance(mark, Json):
            schema, typed = types.schema_of(kind, "serialization"), kind
        elif isinstance(mark.schema, str):
            schema, typed = self.folder.schema(mark.schema), None if _is_plain(kind) else kind
        else:
            schema, typed = mallow.schema_of(mark.schema), None
        return Answer(status, schema, typed, called=self.called, is_page=is_page, may_have_version=may_have_version)


def _unwrapped(hint: Any) -> tuple[Any, Any]:
    """Split Annotated[kind, mark]; what else is annotated stays with the type, for pydantic."""
    if get_origin(hint) is not Annotated:
        return hint, None
    kind, *notes = get_args(hint)
    marks = [note for note in notes if isinstance(note, Place | Json | Given | File)]
    others = tuple(note for note in notes if note not in marks)
    return (Annotated[kind, *others] if others else kind), (marks[0] if marks else None)


def _fields(said: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any] | None:
    """Return the object schema whose fields are parameters, if that is what this is."""
    if "$ref" in said:
        return _fields(defs[said["$ref"].rpartition("/")[2]], defs)
    return said if said.get("type") == "object" and "properties" in said else None


def _may_be_null(said: dict[str, Any]) -> bool:
    return {"type": "null"} in said.get("anyOf", ())


def _without_null(said: dict[str, Any]) -> dict[str, Any]:
    """Text is never null: a parameter that may be None is one that may be left out."""
    alternatives = [one for one in said.get("anyOf", ()) if one != {"type": "null"}]
    kept = {keyword: value for keyword, value in said.items() if (keyword, value) != ("default", None)}
    if len(alternatives) == 1:
        del kept["anyOf"]
        return {**alternatives[0], **kept}
    return kept | ({"anyOf": alternatives} if alternatives else {})


def _is_plain(kind: Any) -> bool:
    """Whether a value of this type is what the file says, just as JSON holds it."""
    origin = get_origin(kind) or kind
    if origin is Page:
        return _is_plain(get_args(kind)[0])
    return origin in (dict, list, Any, Mapping, Sequence)
