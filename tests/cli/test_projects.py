import tomllib
from pathlib import Path

import click
import pytest

from carboy.cli.project import Project, project_at

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
