"""`python -m carboy.cli.upgrade.drawing`: this Carboy draws its own starter for another that upgrades a project.

Each version draws itself, in a process of its own: only it knows what its starter looks like and how it is rendered.
So what goes in and comes out here stays as it is. In, on standard input: `{"name", "without", "known"}`. Out:

    {"version": "0.1.0", "optional": [feature, …], "without": [feature, …], "upgrading": UPGRADING.md,
     "files": {path: {"content": base64, "executable": bool}}}

Optional features that are not `known` are left out as well; `known: null` knows all of them.
"""

import json
import sys
from base64 import b64encode
from importlib import metadata
from pathlib import Path
from typing import Any

from carboy.cli.new.answers import Answers
from carboy.cli.new.leaving_out import OPTIONAL
from carboy.cli.new.rendering import render
from carboy.cli.new.starter import starter_folder

UPGRADING = "UPGRADING.md"


def drawn(request: dict[str, Any]) -> dict[str, Any]:
    """Answer one request."""
    optional = set(OPTIONAL)
    known = optional if request["known"] is None else set(request["known"])
    without = (set(request["without"]) & optional) | (optional - known)
    files = render(starter_folder(), Answers(request["name"], frozenset(without)))
    return {
        "version": metadata.version("carboy"),
        "optional": sorted(optional),
        "without": sorted(without),
        "upgrading": _upgrading(),
        "files": {
            path: {"content": b64encode(file.content).decode("ascii"), "executable": file.executable}
            for path, file in files.items()
        },
    }


def _upgrading() -> str:
    """Return what releases ask for: it lies in the package, or, where that lies in its repository, at its top."""
    package = Path(__file__).parents[2]
    return next(
        path.read_text("utf-8") for path in (package / UPGRADING, package.parents[1] / UPGRADING) if path.exists()
    )


if __name__ == "__main__":
    json.dump(drawn(json.load(sys.stdin)), sys.stdout)
