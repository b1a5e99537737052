"""Walls between the features of an application: which imports go through one, and why they must not.

A feature leans on those listed above it in FEATURES, through their `domain` and nothing else. Inside a feature:

piece                            must not know
models, backend                  Flask, HTTP
domain                           Flask, HTTP, SQL, its backend (it is handed one)
schemas                          SQL, models, backend
api, pages, jobs, events, cli    SQL, models
__init__, at its top             Flask, and whatever it registers

Every import counts, inside a function too, but those under `if TYPE_CHECKING:`. What is imported by a name made at
run time (`import_module(name)`) is not seen.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from carboy.errors import SetupError

if TYPE_CHECKING:
    from grimp import ImportGraph

_ALONE = ("domain", "models", "backend")
_RIM = frozenset({"api", "pages", "jobs", "events", "cli"})
_OWN_PIECES_REFUSED = {
    "models": _RIM,
    "backend": _RIM,
    "domain": _RIM | {"backend"},
    "schemas": frozenset({"models", "backend"}),
    **dict.fromkeys(_RIM, frozenset({"models"})),
}
_KNOW_NO_SQL = _RIM | {"domain", "schemas"}

_FRAMEWORK = ("flask", "werkzeug", "click")
_FLASK = (*_FRAMEWORK, "carboy.web", "carboy.app", "carboy.ops", "carboy.cli")
_SQL = ("sqlalchemy", "alembic", "sqlite3", "psycopg", "pymysql")


def breaches(package: str, features: Sequence[str]) -> list[str]:
    """Name every import that goes through a wall, a sentence for each. No sentence means that all walls stand."""
    graph, plan = _graph(package), _Plan(package, tuple(features))
    found = [*_unlisted(graph, plan), *_unseen(plan), *_through_walls(graph, plan)]
    # A ring is mostly closed by an import that goes through a wall: that one sentence is enough then.
    return found or list(_rings(graph, package))


def import_ring(package: str) -> list[str]:
    """Return modules of which each imports the next and the last is the first, or nothing where there is no ring."""
    return _ring(_graph(package), package)


def modules_that_run_alone(package: str) -> list[str]:
    """List every `domain`, `models` and `backend` of a package: they work in a process that has no Flask."""
    modules = (module for module in _graph(package).modules if _is_under(module, package))
    return sorted(module for module in modules if set(module.split(".")[1:]) & set(_ALONE))


def flask_brought_by(modules: Sequence[str]) -> list[str]:
    """Name the first of these modules that brings Flask into a process that had none. No sentence is good news."""
    loaded = what_comes_along(modules).items()
    return [f"{module} brings {name} along." for module, names in loaded for name in _FRAMEWORK if name in names]


def what_comes_along(modules: Sequence[str]) -> dict[str, list[str]]:
    """Import modules in turn in one fresh interpreter, and say for each what was loaded then for the first time."""
    # The child must find what this process finds, wherever the test runner put it on the path.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", _IMPORT_IN_TURN, *modules]
    child = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if child.returncode:
        raise SetupError(
            f"Not all of {', '.join(modules)} can be imported on their own. Mend what stands below:\n{child.stderr}"
        )
    loaded: dict[str, list[str]] = json.loads(child.stdout.splitlines()[-1])
    return loaded


_IMPORT_IN_TURN = """
import importlib, json, sys
loaded = {}
for module in sys.argv[1:]:
    before = set(sys.modules)
    importlib.import_module(module)
    loaded[module] = sorted(set(sys.modules) - before)
print(json.dumps(loaded))
"""


@dataclass(frozen=True, slots=True)
class _Edge:
    importer: str
    imported: str
    line: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which module belongs to which feature, and who stands above whom."""

    package: str
    features: tuple[str, ...]

    def feature_of(self, module: str) -> str | None:
        owners = [feature for feature in self.features if _is_under(module, feature)]
        return max(owners, key=len, default=None)

    def piece_of(self, module: str) -> str:
        """The first name below the feature: `domain` for `shop.todos.domain.search`, "" for `shop.todos`."""
        feature = self.feature_of(module) or self.package
        return module[len(feature) + 1 :].partition(".")[0]

    def folder_of(self, module: str) -> Path:
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise SetupError(
                f"{self.package} is not a package that can be imported from here. Mend its name, or run this beside it."
            )
        return Path(spec.submodule_search_locations[0], *module.split(".")[1:])

    def doors(self) -> dict[str, ast.Module]:
        """What stands in each __init__ of the package and of its features."""
        paths = {name: self.folder_of(name) / "__init__.py" for name in (self.package, *self.features)}
        return {name: _parsed(path) for name, path in paths.items() if path.is_file()}


def _graph(package: str) -> "ImportGraph":
    try:
        import grimp
    except ImportError:
        raise SetupError("Walls are read with grimp, which is missing. Run pip install 'carboy[testing]'.") from None
    return grimp.build_graph(
        *dict.fromkeys([package, "carboy"]),
        include_external_packages=True,
        exclude_type_checking_imports=True,
        cache_dir=None,
    )


def _through_walls(graph: "ImportGraph", plan: _Plan) -> Iterator[str]:
    later = {name: _lines_in_functions(door) for name, door in plan.doors().items()}
    for edge in _edges(graph, plan.package):
        at_top = edge.importer in later and edge.line not in later[edge.importer]
        why = _between_features(edge, plan) or _inside_feature(edge, plan) or (at_top and _at_the_top(edge, plan))
        if why:
            yield f"{edge.importer} imports {edge.imported} (line {edge.line}): {why}."


def _edges(graph: "ImportGraph", package: str) -> list[_Edge]:
    found = {
        _Edge(detail["importer"], detail["imported"], detail["line_number"])
        for importer in graph.modules
        if _is_under(importer, package)
        for imported in graph.find_modules_directly_imported_by(importer)
        for detail in graph.get_import_details(importer=importer, imported=imported)
    }
    return sorted(found, key=lambda edge: (edge.importer, edge.line, edge.imported))


def _between_features(edge: _Edge, plan: _Plan) -> str | None:
    mine, other = plan.feature_of(edge.importer), plan.feature_of(edge.imported)
    if mine and edge.imported == plan.package:
        return "the application stands above its features, and is not theirs to use"
    if other is None or mine == other or edge.importer == plan.package:
        return None
    if mine is None:
        return "what belongs to no feature lies below them all, and may use none"
    if plan.features.index(mine) < plan.features.index(other):
        return f"{other} is listed below {mine}, and a feature may use only those above it"
    if plan.piece_of(edge.imported) != "domain":
        return "a feature may use another only through its domain"
    return None


def _inside_feature(edge: _Edge, plan: _Plan) -> str | None:
    feature, piece = plan.feature_of(edge.importer), plan.piece_of(edge.importer)
    if feature is None:
        return None
    if piece in _ALONE and _is_flask(edge.imported):
        return f"{piece} works without Flask"
    if piece == "domain" and _is_under(edge.imported, "http"):
        return "domain knows no HTTP; raise one of carboy.errors, and the rim finds the status"
    if piece in _KNOW_NO_SQL and _is_under(edge.imported, *_SQL):
        return f"{piece} knows no SQL; that is the backend's work"
    if plan.feature_of(edge.imported) != feature:
        return None
    refused = plan.piece_of(edge.imported)
    if refused in _OWN_PIECES_REFUSED.get(piece, ()):
        return f"{piece} does not know its {refused}; data flows from the rim through domain to backend"
    return None


def _at_the_top(edge: _Edge, plan: _Plan) -> str | None:
    registers = _is_under(edge.imported, edge.importer) and plan.piece_of(edge.imported) in _RIM
    if registers or _is_flask(edge.imported):
        return "importing a package must not bring Flask in; move the line into the function that needs it"
    return None


def _is_flask(module: str) -> bool:
    in_a_room_of_the_library = module.startswith("carboy.") and module.endswith((".flask", ".api", ".cli"))
    return _is_under(module, *_FLASK) or module.startswith("flask_") or in_a_room_of_the_library


def _is_under(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _lines_in_functions(module: ast.Module) -> set[int]:
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {line for node in functions for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def _unlisted(graph: "ImportGraph", plan: _Plan) -> Iterator[str]:
    for module in sorted(graph.modules):
        door = plan.folder_of(module) / "__init__.py"
        if not _is_under(module, plan.package) or plan.feature_of(module) or not door.is_file():
            continue
        if any(isinstance(node, ast.FunctionDef) and node.name == "register" for node in _parsed(door).body):
            yield f"{module} has a register() and no line in FEATURES: add the line, or take the folder away."


def _unseen(plan: _Plan) -> Iterator[str]:
    for folder in sorted({path.parent for path in plan.folder_of(plan.package).rglob("*.py")}):
        if not (folder / "__init__.py").is_file():
            yield f"{folder} holds modules and no __init__.py: no wall can see what is in it. Add one."


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _rings(graph: "ImportGraph", package: str) -> Iterator[str]:
    if ring := _ring(graph, package):
        yield f"{' imports '.join(ring)}: nobody can read one without the others. Move what they share below them."


def _ring(graph: "ImportGraph", package: str) -> list[str]:
    inside = [module for module in sorted(graph.modules) if _is_under(module, package)]
    try:
        imports = {module: sorted(graph.find_modules_directly_imported_by(module)) for module in inside}
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        ring: list[str] = error.args[1]
        return ring[::-1]
    return []
