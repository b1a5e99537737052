"""What a project can be called: its name is that of a package, and whatever answers to it already would be hidden."""

import builtins
import keyword
import re
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from carboy.cli.new.starter import NAME, files_of

LONGEST = 30
_FITS = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==", re.MULTILINE)

_ELSEWHERE = {"app", "carboy", "instance", "mysql", "nginx", "nobody", "postgres", "root", "secrets", "test", "vendor"}

# The project's database, its user and a host are called as it is, and the servers have these already.
_OF_SERVERS = {"information_schema", "localhost", "performance_schema", "template0", "template1"}
_OF_POSTGRESQL = "pg_"

# What is imported by another name than it is installed by.
_IMPORTED_AS = {
    "argon2-cffi": "argon2", "argon2-cffi-bindings": "_argon2_cffi_bindings", "attrs": "attr", "dnspython": "dns",
    "pillow": "pil", "pyjwt": "jwt", "python-dateutil": "dateutil", "python-dotenv": "dotenv",
    "python-engineio": "engineio", "python-socketio": "socketio", "pyyaml": "yaml", "pytest-xdist": "xdist",
    "mypy": "mypyc", "pytest": "py", "rpds-py": "rpds", "psycopg-binary": "psycopg_binary",
}  # fmt: skip


def why_not(name: str, starter: Path) -> str | None:
    """Say why a project cannot be called this, and what to do instead; None, if it can."""
    return _misspelled(name) or _taken(name, starter)


def _misspelled(name: str) -> str | None:
    if not _FITS.fullmatch(name):
        better = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        hint = f" Try {better}." if _FITS.fullmatch(better) and len(better) <= LONGEST else ""
        return f"Take small letters a to z, digits and single underscores, so that it begins with a letter.{hint}"
    if len(name) > LONGEST:
        return f"Take {LONGEST} characters at most: databases, hosts and services are called by it."
    return None


def _taken(name: str, starter: Path) -> str | None:
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name):
        return "Python means something else by that word. Choose another name."
    if name in sys.stdlib_module_names:
        return "That is a module of Python's own, and would be hidden by the project. Choose another name."
    if name in _of_the_project(starter) | _ELSEWHERE:
        return "A part of every project is called that, or of the machines that run it. Choose another name."
    if name in _OF_SERVERS or name.startswith(_OF_POSTGRESQL):
        return "Database servers or networks keep that name for themselves. Choose another name."
    if name in _of_dependencies(starter) or find_spec(name) is not None:
        return "That is a package that can be imported already, and would be hidden. Choose another name."
    return None


@cache
def _of_the_project(starter: Path) -> set[str]:
    """Return what stands beside the project's package, in it, and where its tests look for modules."""
    paths = list(files_of(starter))
    within = {path.parts[1] for path in paths if path.parts[0] in (NAME, "tests")}
    return {one.partition(".")[0] for one in within | {path.parts[0] for path in paths}}


@cache
def _of_dependencies(starter: Path) -> set[str]:
    files = (starter / "requirements.txt", starter / "requirements-dev.txt")
    locked = [name for file in files for name in _LOCKED.findall(file.read_text("utf-8"))]
    called = {re.sub(r"[-_.]+", "-", name).lower() for name in locked}
    return {name.replace("-", "_") for name in called} | {_IMPORTED_AS.get(name, name) for name in called}
