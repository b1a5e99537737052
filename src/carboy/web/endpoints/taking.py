"""What a request brings, judged and received: one piece for the body, one for each place that has names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl

from flask import Request

from carboy.errors import Malformed, Violation
from carboy.web.contracts import text, types, wording
from carboy.web.contracts.judge import MOST_FAULTS, Fault, Judge
from carboy.web.contracts.reading import may_hold_nul, read_json

Texts = Mapping[str, Sequence[str]]

MOST_FIELDS = 1000
# Of a body beyond this, something that is wrong is told, and not all: to find a fault costs a hundred times as much
# as to send one, and whoever likes may send some hundred thousand.
LARGE = 16 * 1024

_MULTIPART = "multipart/form-data"
_MENDED = "\ufffd"  # stands in a form for bytes that are no text; who sends it as such has lost their text before


class Receiver(Protocol):
    """Makes the value that a view is handed of one that was judged right."""

    def __call__(self, value: Any, /) -> tuple[Any, Sequence[Fault]]:
        """Return the value, and what is wrong after all."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a view that is made of text."""

    name: str
    wires: tuple[str, ...]  # what the client calls it; a model has a name for each of its fields
    whole: bool
    receive: Receiver
    default: Any
    nullable: frozenset[str] = frozenset()  # the wires that may be nothing

    def take(self, values: Mapping[str, Any]) -> tuple[Any, Sequence[Fault]]:
        """Return this parameter's value out of those that were judged."""
        if self.whole:
            return self.receive({wire: values[wire] for wire in self.wires if wire in values})
        (wire,) = self.wires
        if wire not in values:
            return self.default, ()
        value, faults = self.receive(values[wire])
        return value, [Fault((wire, *fault.path), fault.code, fault.detail) for fault in faults]


class Named:
    """The parameters that come from one place: query, header, path or form."""

    def __init__(self, where: str, schema: dict[str, Any], parameters: Sequence[Parameter], *, called: str) -> None:
        self.where = where
        self.schema = schema
        self.parameters = parameters
        self._judge = Judge(schema, called=called)
        self._nullable = frozenset[str]().union(*(parameter.nullable for parameter in parameters))

    def take(self, texts: Texts, *, closed: bool) -> tuple[dict[str, Any], list[Violation]]:
        """Return the view's arguments from this place, and everything that is wrong there.

        A page's form sends each of its fields: what was left empty is nothing where that may be.
        """
        known = self.schema["properties"]
        nothing = set() if closed else {name for name in self._nullable if list(texts.get(name, ())) == [""]}
        values = {
            name: text.value_of(list(said), known[name], self.schema["$defs"], by_page=not closed)
            if name in known
            else list(said)
            for name, said in texts.items()
            if (closed or name in known) and name not in nothing
        }
        faults = self._faults(values)
        values |= dict.fromkeys(nothing)
        arguments: dict[str, Any] = {}
        if not faults:
            for parameter in self.parameters:
                arguments[parameter.name], wrong = parameter.take(values)
                faults = [*faults, *wrong]
        return arguments, [fault.at(self.where) for fault in faults]

    def _faults(self, values: Mapping[str, Any]) -> list[Fault]:
        return [
            Fault(
                fault.path,
                fault.code,
                wording.UNKNOWN_PARAMETER if fault.code == "additionalProperties" else fault.detail,
            )
            for fault in self._judge.faults(values, look_for_nul=True)
        ]


class Body:
    """A JSON body."""

    def __init__(self, name: str, schema: dict[str, Any], receive: Receiver, *, called: str) -> None:
        self.name = name
        self.schema = schema
        self._receive = receive
        self._judge = Judge(schema, called=called)

    def take(self, content: bytes) -> tuple[dict[str, Any], list[Violation]]:
        """Return the view's argument from this body, and everything that is wrong with it."""
        value = read_json(content)
        received: Any = None
        faults: Sequence[Fault] = self._judge.faults(
            value, look_for_nul=may_hold_nul(content), thorough=len(content) <= LARGE
        )
        if not faults:
            received, faults = self._receive(value)
        return {self.name: received}, [fault.in_body() for fault in faults[:MOST_FAULTS]]


def query_of(request: Request) -> Texts:
    """Return the names and texts of the query; Werkzeug would mend bytes that are no text, and hide them."""
    try:
        pairs = parse_qsl(
            request.query_string.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise Malformed("The query is no text, or has too many parts.") from error
    return grouped(pairs)


def form_of(request: Request) -> Texts:
    """Return the names and texts of the form. Werkzeug leaves out, lets through or mends what is wrong with one."""
    names = [*request.form, *request.files]
    fields = list(request.form.items(multi=True))
    if request.mimetype == _MULTIPART:
        if not names:
            raise Malformed("The form has no part that can be read. Does it break off, or name another boundary?")
        if not all(names):
            raise Malformed("A part of the form has no name.")
        if any(_MENDED in name + value for name, value in fields):
            raise Malformed("The form's text must be UTF-8, and whole.")
    return grouped(fields)


def refuse_broken_path(request: Request) -> None:
    """Refuse a path of bytes that are no text: mended by Werkzeug, two such paths would read the same."""
    try:
        request.environ["PATH_INFO"].encode("latin-1").decode()
    except UnicodeError as error:
        raise Malformed("The path is no text.") from error


def headers_of(request: Request, names: Iterable[str]) -> Texts:
    """Return the headers of these names."""
    return {name: [request.headers[name]] for name in names if name in request.headers}


def grouped(pairs: Iterable[tuple[str, str]]) -> Texts:
    """Gather the texts of each name."""
    texts: dict[str, list[str]] = {}
    for name, value in pairs:
        texts.setdefault(name, []).append(value)
    return texts


def as_it_is(value: Any) -> tuple[Any, Sequence[Fault]]:
    """Receive a value that the judge alone decides about."""
    return value, ()


def by_type(kind: Any) -> Receiver:
    """Receive a value as pydantic makes it for this type."""
    adapter = types.adapter_of(kind)
    return lambda value: types.receive(adapter, value)
