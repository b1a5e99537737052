import os
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from carboy.cli.project import NoProject, Project, project_at, settled_at

REPOSITORY = Path(__file__).parents[2]


def test_a_project_is_found_from_any_folder_inside_it():
    inside = REPOSITORY / "starter" / "starter" / "todos"

    assert project_at(inside) == Project(
        REPOSITORY / "starter",
        "starter",
        tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"],
    )


def test_outside_of_projects_one_is_told_where_to_go(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'somebody-elses'\n")

    with pytest.raises(click.ClickException, match="carboy new"):
        project_at(tmp_path)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("", "lacks its line `package`"),
        ("version = '0.1.0'", "lacks its line `package`"),
        ("package = 'shop'", "lacks its line `version`"),
        ("package = 7\nversion = '0.1.0'", "has a wrong line `package`"),
        ("package = '../shop'\nversion = '0.1.0'", "has a wrong line `package`"),
        ("package = 'shop'\nversion = 0.1", "has a wrong line `version`"),
        ("package = 'shop'\nversion = 'abc'", "has a wrong line `version`"),
        ("package = 'shop'\nversion = '0.1.0'\nwithout = 'todos'", "has a wrong line `without`"),
    ],
)
def test_a_project_that_does_not_say_what_it_is_is_told_which_line_to_write(tmp_path, lines, told):
    (tmp_path / "pyproject.toml").write_text(f"[tool.carboy]\n{lines}\n")

    with pytest.raises(click.ClickException) as refused:
        project_at(tmp_path)

    assert f"{tmp_path}/pyproject.toml cannot be used" in refused.value.message
    assert told in refused.value.message
    assert "Write it there" in refused.value.message


def test_what_others_say_of_tools_is_no_project(tmp_path):
    (tmp_path / "pyproject.toml").write_text("tool = 7\n")

    with pytest.raises(NoProject):
        project_at(tmp_path)


@pytest.mark.parametrize("words", [["remove", "feature", "invoices"], ["doctor", "--json"]], ids=["remove", "doctor"])
def test_what_needs_the_application_is_done_by_the_carboy_of_the_projects_own_environment(tmp_path, words):
    (tmp_path / "pyproject.toml").write_text("[tool.carboy]\npackage = 'shop'\nversion = '0.1.0'\n")
    own = tmp_path / ".venv/bin/carboy"
    own.parent.mkdir(parents=True)
    own.write_text('#!/bin/sh\necho "$0" "$@"\n')
    own.chmod(0o755)

    told = subprocess.run(
        [sys.executable, "-c", "from carboy.cli.command import main; main()", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )

    assert told.stdout == f"{own} {' '.join(words)}\n", told.stderr


def test_whoever_is_in_that_environment_stays_there(monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(REPOSITORY / "starter" / ".venv"))

    assert settled_at(REPOSITORY / "starter") == project_at(REPOSITORY / "starter")
