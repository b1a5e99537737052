"""A small project called shop, under git, in which `carboy add` and `carboy remove` are typed.

Its application is not asked, since that takes seconds: test_added_features.py asks it.
"""

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from carboy.cli.add import inside
from carboy.cli.add.refusals import Refusal
from carboy.cli.command import main

STARTER = Path(__file__).parents[3] / "starter"
FILES = {
    "shop/features.py": 'FEATURES = (\n    "shop.home",\n    "shop.todos",\n)\n',
    "shop/todos/domain.py": '"""What has to be done."""\n',
    "migrations/versions/.gitkeep": "",
    "specifications/openapi-v1.json": "{}\n",
    "pyproject.toml": STARTER.joinpath("pyproject.toml").read_text().replace('package = "starter"', 'package = "shop"'),
}


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """The folder of the project, in which we are."""
    for place, content in FILES.items():
        path = tmp_path / "shop" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    monkeypatch.chdir(tmp_path / "shop")
    git("init", "--quiet")
    git("add", "--all")
    git("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "--message", "Begin")
    return tmp_path / "shop"


@pytest.fixture
def answers(monkeypatch):
    """What the application answers, by what it is asked; an error is raised."""
    said = {
        "survey": {"tables": ["users"], "addresses": ["login"], "blueprints": ["accounts"]},
        "write": "written",
        "write_anew": [],
    }

    def ask(_project, question):
        if isinstance(said[question], Exception):
            raise said[question]
        return said[question]

    monkeypatch.setattr(inside, "ask", ask)
    return said


@pytest.fixture
def carboy(shop, answers):
    """Type a command: its exit code, and what it says."""

    def run(*words):
        result = CliRunner().invoke(main, words)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return run


@pytest.fixture
def changed(shop):
    """What differs from the commit."""
    return lambda: git("status", "--short", "--untracked-files=all").splitlines()


@pytest.fixture
def broken():
    """What the application says that does not start."""
    return Refusal("The application does not start.")


def git(*words):
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout
