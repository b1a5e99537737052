"""What a piece of code says: the texts that an expression can be, with {names} where values will stand."""

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import product
from typing import Any

_MOST = 16  # texts that one expression can be; beyond, its parts are placeholders


class Scope:
    """Names that stand for texts: what the function said last before, else what its module says."""

    def __init__(self, module: Callable[[str], Any], tree: ast.Module, function: ast.AST | None = None) -> None:
        self._module = module
        self._tree = tree
        self._function = function

    @cached_property
    def _local(self) -> dict[str, list[ast.expr]]:
        found: dict[str, list[ast.expr]] = {}
        for node in ast.walk(self._function) if self._function else ():
            for name, value in (*_assigned(node), *self._yielded(node)):
                found.setdefault(name, []).append(value)
        return found

    def texts(self, node: ast.expr) -> list[str]:
        """Return every text that this expression can be; nothing, if it is none that can be read here."""
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr(values=values):
                return _joined([self._part(value) for value in values])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _joined([self.texts(left) or [_placeholder(left)], self.texts(right) or [_placeholder(right)]])
            case ast.IfExp(body=one, orelse=other):
                return self._either(one, other)
            case ast.BoolOp(op=ast.Or(), values=[one, other]):
                return [*found, *self.texts(other)] if (found := self.texts(one)) else []
            case ast.Call():
                return self._called(node)
            case ast.Name(id=name):
                return self._named(node, name)
            case ast.List(elts=several):
                return [text for one in several for text in self.texts(one)]
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module not in self._local:
                return _written(getattr(self._module(module), name, None))
        return []

    def _either(self, *branches: ast.expr) -> list[str]:
        """Return what each branch says, a placeholder for one that cannot be read; nothing, if none can."""
        found = [self.texts(one) for one in branches]
        return (
            [t for one, texts in zip(branches, found, strict=True) for t in texts or [_placeholder(one)]]
            if any(found)
            else []
        )

    def _called(self, call: ast.Call) -> list[str]:
        match call:
            case ast.Call(func=ast.Attribute(value=drawn, attr="format" | "rstrip" | "strip" | "removesuffix")):
                return self.texts(drawn)
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=str(between)), attr="join"), args=[ast.Name(id=name)]
            ):
                found = self._module(name) if name not in self._local else None
                return [between.join(found)] if isinstance(found, Iterable) else []
            case ast.Call(func=ast.Name(id="did_you_mean")):
                return [" Did you mean {near}?"]
        return []

    def _yielded(self, node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
        """Yield what a loop goes through, if functions of this module make it: the last of each thing they yield."""
        if not isinstance(node, ast.For):
            return
        targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
        makers = {getattr(call.func, "id", getattr(call.func, "attr", "")) for call in _calls_in(node.iter)}
        for maker in ast.walk(self._tree):
            if isinstance(maker, ast.FunctionDef) and maker.name in makers and isinstance(targets[-1], ast.Name):
                said = [one.value for one in ast.walk(maker) if isinstance(one, ast.Yield) and one.value]
                ends = [one.elts[-1] if isinstance(one, ast.Tuple) else one for one in said]
                if ends:
                    yield targets[-1].id, ast.List([*ends], lineno=node.lineno)

    def _part(self, node: ast.expr) -> list[str]:
        if isinstance(node, ast.FormattedValue):
            return self.texts(node.value) or [_placeholder(node.value)]
        return self.texts(node)

    def _named(self, node: ast.expr, name: str) -> list[str]:
        before = [value for value in self._local.get(name, ()) if value.lineno < node.lineno]
        if before:
            return self._merged(before)
        return _written(self._module(name)) if name not in self._local else []

    def _merged(self, values: list[ast.expr]) -> list[str]:
        """Return what was said last; of a loop, what each of its makers says."""
        if not isinstance(values[-1], ast.List):
            return self.texts(values[-1])
        return [text for value in values if value.lineno == values[-1].lineno for text in self.texts(value)]


def _written(value: Any) -> list[str]:
    return [str(value)] if isinstance(value, str | int | float) else []


def _calls_in(node: ast.expr) -> list[ast.Call]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Call)]


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            yield from ((one.id, value) for one, value in zip(names, values, strict=True) if isinstance(one, ast.Name))
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.IfExp(body=body, orelse=other)):
            for values in (body, other):
                yield from _assigned(ast.Assign(targets=[ast.Tuple(elts=names)], value=values))
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, value


def _joined(parts: list[list[str]]) -> list[str]:
    found = ["".join(one) for one in product(*(part or [""] for part in parts))]
    return found if len(found) <= _MOST else ["".join(part[0] if len(part) == 1 else "{…}" for part in parts)]


def _placeholder(node: ast.expr) -> str:
    return "{" + _name_of(node) + "}"


def _name_of(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name.strip("_")
        case ast.Attribute(value=ast.Name(id="self" | "error"), attr=name):
            return name.strip("_")
        case ast.Attribute(value=value, attr=name):
            return f"{_name_of(value)}.{name.strip('_')}"
        case ast.Call(args=[first, *_]):
            return _name_of(first)
        case ast.Call(func=ast.Name(id=name)):
            return name.strip("_")
        case ast.Call(func=ast.Attribute(value=value)) | ast.Subscript(value=value):
            return _name_of(value)
        case ast.GeneratorExp(generators=[first, *_]) | ast.ListComp(generators=[first, *_]):
            return _name_of(first.iter)
        case ast.BoolOp(values=[first, *_]) | ast.BinOp(left=first):
            return _name_of(first)
    return "…"
