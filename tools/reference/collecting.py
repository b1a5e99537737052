"""Every message that the sources can give: the texts that are given to errors, findings and the terminal."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from tools.reference.texts import Scope
from werkzeug.exceptions import HTTPException

from carboy.cli.doctor.looks import finding
from carboy.errors import CarboyError
from carboy.ops.checks.asking import question
from carboy.settings.ruling import rule

ROOT = Path(__file__).parents[2]
TREES = {"carboy": ROOT / "src/carboy", "starter": ROOT / "starter/starter"}
FAMILIES = (CarboyError, click.ClickException, HTTPException, pytest.UsageError)


@dataclass(frozen=True, slots=True)
class Message:
    """One text, what it is raised or told as, and where."""

    text: str
    kind: type[Exception] | None  # none: it is told, and nothing is raised
    label: str
    module: str  # carboy.jobs.room
    line: int

    @property
    def room(self) -> str:
        """The room of the library, or the feature of the starter."""
        return ".".join(self.module.split(".")[:2])


@cache
def messages() -> list[Message]:
    """Return all of them, in the order of their modules and lines."""
    found = [
        message
        for package, tree in TREES.items()
        for path in sorted(tree.rglob("*.py"))
        if "templates" not in path.parts
        for message in _Module(package, tree, path).messages()
    ]
    return sorted(dict.fromkeys(found), key=lambda one: (one.module, one.line))


class _Law(NamedTuple):
    """A rule or a question."""

    id: str
    remedy: str
    begins: str  # how its sentences do


class _Module:
    """The source of one module, and what its names mean."""

    def __init__(self, package: str, tree: Path, path: Path) -> None:
        steps = path.relative_to(tree).with_suffix("").parts
        self._name = ".".join((package, *steps)).removesuffix(".__init__")
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self._meant = dict(self._named())

    def _named(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield each name that is imported, or a class of this module, with what it is a name of."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield from ((alias.asname or alias.name, (node.module, alias.name)) for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from ((alias.asname or alias.name, (alias.name, "")) for alias in node.names)
            elif isinstance(node, ast.ClassDef):
                yield node.name, (self._name, node.name)

    def messages(self) -> Iterator[Message]:
        """Yield what it can say."""
        yield from self._within(self._tree, Scope(self.constant, self._tree), None)

    def _within(self, node: ast.AST, scope: Scope, asks: _Law | None) -> Iterator[Message]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                yield from self._within(child, Scope(self.constant, self._tree, child), self._asking(child))
            else:
                yield from self._said_by(child, scope, asks)
                yield from self._within(child, scope, asks)

    def _asking(self, function: ast.FunctionDef) -> _Law | None:
        """Return the id and the remedy of a rule or a question, of which this is the law."""
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and self.meaning(decorator.func) in (rule, question):
                scope = Scope(self.constant, self._tree)
                remedy = next(word.value for word in decorator.keywords if word.arg == "remedy")
                begins = "NAME " if self.meaning(decorator.func) is rule else ""
                return _Law(scope.texts(decorator.args[0])[0], scope.texts(remedy)[0], begins)
        return None

    def _said_by(self, node: ast.AST, scope: Scope, asks: _Law | None) -> Iterator[Message]:
        match node:
            case ast.Call(args=[_, wrong, remedy]) if self.meaning(node.func) is finding:
                pairs = ((one, other) for one in scope.texts(wrong) for other in scope.texts(remedy))
                label = next(iter(scope.texts(node.args[0])), "")
                yield from (self._message(f"{one} {other}", None, label, node) for one, other in pairs)
            case ast.Yield(value=ast.expr() as said) if asks:
                ends = said.elts[-1] if isinstance(said, ast.Tuple) else said
                yield from (
                    self._message(_whole(asks.begins, text, asks.remedy), None, asks.id, node)
                    for text in scope.texts(ends)
                )
            case ast.Call(args=[first, *_], keywords=[ast.keyword(arg="err")]) if self._is_echo(node):
                yield from (self._message(text, None, "", node) for text in scope.texts(first))
            case ast.Call() if (kind := self._error(node)) is not None:
                yield from (self._message(text, kind, kind.__name__, node) for text in _detailed(node, scope))
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Name(id="problems") | ast.Attribute(attr="problems" | "warnings"), attr="append"
                ),
                args=[first],
            ) if self._is_of_settings:
                yield from (self._message(text, None, "SettingsError", node) for text in scope.texts(first))
            case ast.Call(func=ast.Name(id="ValueError"), args=[first]) if self._is_of_settings:
                yield from (
                    self._message(_whole("NAME ", text), None, "SettingsError", node) for text in scope.texts(first)
                )

    @property
    def _is_of_settings(self) -> bool:
        return self._name.startswith("carboy.settings")

    def _is_echo(self, call: ast.Call) -> bool:
        return self.meaning(call.func) in (click.echo, click.secho)

    def _message(self, text: str, kind: type[Exception] | None, label: str, node: Any) -> Message:
        return Message(text.strip(), kind, label, self._name, node.lineno)

    def _error(self, call: ast.Call) -> type[Exception] | None:
        found = self.meaning(call.func)
        return found if isinstance(found, type) and issubclass(found, FAMILIES) else None

    def meaning(self, node: ast.expr | str) -> Any:
        """Return what a name stands for in this module, if it is imported or a class of its own."""
        match node:
            case str(name) | ast.Name(id=name):
                return _in(*self._meant[name]) if name in self._meant else None
            case ast.Attribute(value=ast.Name(id=name), attr=inner):
                return getattr(self.meaning(name), inner, None)
        return None

    def constant(self, name: str) -> Any:
        """Return what the module says at its top, if it says that of this name."""
        return _in(self._name, name) if name.isupper() or name.lstrip("_").isupper() else self.meaning(name)


@cache
def _in(module: str, name: str) -> Any:
    if not module.startswith(("carboy", "starter", "click", "pytest", "werkzeug")):
        return None
    try:
        found = import_module(module)
        if not name or hasattr(found, name):
            return getattr(found, name) if name else found
        return import_module(f"{module}.{name}")
    except ImportError:
        return None


def _whole(beginning: str, end: str, remedy: str = "") -> str:
    """Return a sentence that may begin with the name of a setting, and what to do."""
    return f"{beginning}{end.rstrip('.')}{'' if end.endswith('?') else '.'} {remedy}"


def _detailed(call: ast.Call, scope: Scope) -> Iterator[str]:
    """Yield the detail of an error, with what it says of each field."""
    first = call.args[0] if call.args else None
    details = scope.texts(first) if first is not None else [""]
    named = [*call.args[1:], *(word.value for word in call.keywords if word.arg in ("problems", "wrong"))]
    fields = " ".join(_of_fields(named, scope))
    for detail in details:
        if isinstance(first, ast.expr) and len(call.args) > 1 and not fields:  # Unreadable(wrong, remedy)
            yield from (f"{detail} {other}" for other in scope.texts(call.args[1]) or [""])
        elif detail or fields:
            yield f"{detail} {fields}".strip()


def _of_fields(given: list[ast.expr], scope: Scope) -> Iterator[str]:
    for one in given:
        if isinstance(one, ast.Dict):
            for name, said in zip(one.keys, one.values, strict=True):
                texts = scope.texts(said.elts[0]) if isinstance(said, ast.List) and said.elts else []
                label = scope.texts(name)[0] if name is not None and scope.texts(name) else ""
                yield from (f"{label}: {text}" for text in texts[:1])
