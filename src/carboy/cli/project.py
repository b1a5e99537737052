"""The project that a command is run in: where it is, and what it was made with."""

import os
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click


class NoProject(click.ClickException):
    """There is no project here."""


@dataclass(frozen=True)
class Project:
    """A folder whose pyproject.toml says by `[tool.carboy]` that it was made from the starter, and how."""

    root: Path
    package: str  # the one that holds features.py
    version: str  # of Carboy, that its files are as of
    without: tuple[str, ...] = ()  # the features that were left out

    @property
    def name(self) -> str:
        """What `carboy new` was told to call it."""
        return self.package


def project_at(folder: Path) -> Project:
    """Return the project that `folder` is in; refuse, saying what to do, if it is in none."""
    for root in (folder.absolute(), *folder.absolute().parents):
        file = root / "pyproject.toml"
        if file.is_file() and (said := _read(file).get("tool", {}).get("carboy")):
            return Project(root, said["package"], said["version"], tuple(said.get("without", ())))
    raise NoProject(
        "This folder is in no project: no pyproject.toml here or above says [tool.carboy]."
        " Go into one, or make one with `carboy new`."
    )


def settled_at(folder: Path) -> Project:
    """Return the same, in the environment that the project made for itself: if this is another, its Carboy takes over.

    It has what the application stands on. The Carboy that made the project, wherever that was installed, need not.
    """
    project = project_at(folder)
    own = project.root / ".venv" / "bin" / "carboy"
    if own.exists() and own.parents[1].resolve() != Path(sys.prefix).resolve():
        os.execv(own, [str(own), *sys.argv[1:]])  # noqa: S606  (the project's own program, as `make` runs it)
    return project


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:  # conflicts that are not resolved, for one
        raise click.ClickException(f"{file} cannot be read: {error}. Mend it, then run this again.") from error
