"""The project that a command is run in: where it is, and what it was made with."""

import os
import sys
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from packaging.version import InvalidVersion, Version


class NoProject(click.ClickException):
    """There is no project here."""


class Unreadable(click.ClickException):
    """There is a project here, and its pyproject.toml does not say which."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(f"{wrong} {remedy}")
        self.wrong, self.remedy = wrong, remedy


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
        if file.is_file() and (said := _said_in(file)) is not None:
            _refuse_wrong_lines(file, said)
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
    hand_over(project)
    return project


def hand_over(project: Project) -> None:
    """Have the Carboy of the project's own environment do what was typed; return if it is this one, or cannot run."""
    own = project.root / ".venv" / "bin" / "carboy"
    is_this = own.parents[1].resolve() == Path(sys.prefix).resolve() or sys.argv[0] == str(own)
    if own.is_file() and not is_this:
        with suppress(OSError):  # no program, or of a Python that is gone
            os.execv(own, [str(own), *sys.argv[1:]])  # noqa: S606  (the project's own program, as `make` runs it)


def _said_in(file: Path) -> Any:
    """Return what [tool.carboy] holds, None if the file has no such table."""
    try:
        tools = tomllib.loads(file.read_text("utf-8")).get("tool", {})
    except (OSError, ValueError) as error:  # conflicts that are not resolved, for one
        raise Unreadable(f"{file} cannot be read: {error}.", "Mend it, then run this again.") from error
    return tools.get("carboy") if isinstance(tools, dict) else None


def _refuse_wrong_lines(file: Path, said: Any) -> None:
    for line, is_right in _RIGHT_LINES.items():
        name = line.partition(" ")[0]
        if not isinstance(said, dict) or not is_right(said.get(name)):
            lacking = "has a wrong" if isinstance(said, dict) and name in said else "lacks its"
            raise Unreadable(
                f"{file} cannot be used: [tool.carboy] {lacking} line `{name}`.",
                f"Write it there as `carboy new` did, such as {line}; `git log -p pyproject.toml` shows what it was."
                " Then run this again.",
            )


def _is_package(said: Any) -> bool:
    return isinstance(said, str) and said.isidentifier()


def _is_version(said: Any) -> bool:
    try:
        return isinstance(said, str) and bool(Version(said))
    except InvalidVersion:
        return False


def _are_features(said: Any) -> bool:
    return said is None or (isinstance(said, list) and all(isinstance(one, str) for one in said))


_RIGHT_LINES: dict[str, Callable[[Any], bool]] = {
    'package = "shop"': _is_package,
    'version = "0.1.0"': _is_version,
    'without = ["todos"]': _are_features,
}
