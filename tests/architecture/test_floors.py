"""The library's rooms import only downwards. The contracts stand in pyproject.toml; here they are seen to refuse."""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LINT_IMPORTS = Path(sysconfig.get_path("scripts")) / "lint-imports"

PLANTED = [
    ("data/types.py", "from carboy.web import mount", "carboy.data.types -> carboy.web.mount"),
    ("data/pages.py", "def later():\n    from carboy.web import mount", "carboy.data.pages -> carboy.web.mount"),
    ("web/mount.py", "from carboy.ops import health", "carboy.web.mount -> carboy.ops.health"),
    ("web/mount.py", "import carboy.app", "carboy.web.mount -> carboy.app"),
    ("app.py", "from carboy.testing import servers", "carboy.app -> carboy.testing.servers"),
    ("cli/dev.py", "from carboy.testing import servers", "carboy.cli.dev -> carboy.testing.servers"),
    ("errors.py", "import carboy.context", "carboy.errors -> carboy.context"),
    ("jobs/__init__.py", "import carboy.mail", "carboy.jobs -> carboy.mail"),
    ("live/__init__.py", "import carboy.files", "carboy.live -> carboy.files"),
    ("web/mount.py", "from carboy import create_app", "carboy.web.mount -> carboy ("),
    ("web/mount.py", "import starter.features", "carboy.web.mount -> starter"),
    ("data/pages.py", "from flask import request", "carboy.data.pages -> flask"),
    ("data/pages.py", "def later():\n    import werkzeug", "carboy.data.pages -> werkzeug"),
    ("data/__init__.py", "import click", "carboy.data -> click"),
    ("jobs/__init__.py", "import flask", "carboy.jobs -> flask"),
    ("mail/letters.py", "import flask", "carboy.mail.letters -> flask"),
    ("context.py", "import flask", "carboy.context -> flask"),
]


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Makes a copy of the library in which every room of the plan is built, with these lines added to its files."""

    def build(lines):
        project = tmp_path_factory.mktemp("project")
        shutil.copy(REPOSITORY / "pyproject.toml", project)
        library = project / "src" / "carboy"
        shutil.copytree(REPOSITORY / "src" / "carboy", library, ignore=shutil.ignore_patterns("__pycache__", "static"))
        rooms = [(f"{room}/__init__.py", "") for room in ("jobs", "mail", "accounts", "live", "files")]
        for file, line in [*rooms, *lines]:
            (library / file).parent.mkdir(exist_ok=True)
            with (library / file).open("a") as module:
                module.write(f"\n{line}\n")
        return project

    return build


@pytest.fixture(scope="module")
def verdict_on_what_is_planted(build):
    return lint_imports(build([(file, line) for file, line, _ in PLANTED]))


def test_the_library_keeps_its_contracts():
    verdict = lint_imports(REPOSITORY)

    assert verdict.returncode == 0, verdict.stdout


@pytest.mark.parametrize("edge", [edge for _, _, edge in PLANTED])
def test_a_planted_import_breaks_a_contract_that_names_it(verdict_on_what_is_planted, edge):
    assert verdict_on_what_is_planted.returncode == 1
    assert edge in verdict_on_what_is_planted.stdout


def test_a_room_that_is_on_no_floor_is_refused(build):
    verdict = lint_imports(build([("kitchen/__init__.py", "")]))

    assert verdict.returncode == 1
    assert "kitchen" in verdict.stdout


def test_the_doors_of_a_room_may_know_flask(build):
    doors = ["data/flask.py", "jobs/api.py", "mail/cli.py", "web/pages.py"]

    verdict = lint_imports(build([(door, "import flask, werkzeug, click") for door in doors]))

    assert verdict.returncode == 0, verdict.stdout


def lint_imports(project):
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache"],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project / "src")},
        capture_output=True,
        text=True,
    )
