"""Whom the doctor looks at: the project, its application if one can be made, and what `flask check` found."""

import os
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask.cli import ScriptInfo

from carboy.cli.check import application_of
from carboy.cli.doctor.looks import finding
from carboy.cli.project import NoProject, Project, Unreadable, project_at
from carboy.data.flask import data_of
from carboy.errors import SettingsError
from carboy.ops.checks import report
from carboy.ops.checks.asking import reason, settings_of
from carboy.settings.ruling import Finding

if TYPE_CHECKING:
    from flask import Flask

    from carboy.settings import Settings


@dataclass
class Patient:
    """A project, or none. What the application says is asked once, when the first look needs it."""

    project: Project | None
    unreadable: list[Finding] = field(default_factory=list)  # why there is a project and nobody knows which
    refused: list[Finding] = field(default_factory=list)  # why there is no application

    @classmethod
    def in_folder(cls, folder: Path) -> "Patient":
        """Return whoever is found in this folder."""
        try:
            return cls(project_at(folder))
        except NoProject:
            return cls(None)
        except Unreadable as error:
            return cls(None, [finding("project.unreadable", error.wrong, error.remedy)])

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.project.root if self.project else Path.cwd()

    @cached_property
    def app(self) -> "Flask | None":
        """The application; where none can be made, `refused` says why."""
        if self.project is None:
            return None
        try:
            with _standing_in(self.root):
                return application_of(ScriptInfo(app_import_path=f"{self.project.package}:create_app"))
        except SettingsError as error:
            self.refused += report.refusals(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever it is, there is no application)
            self.refused.append(_of_what_breaks(error, self.project.package))
        return None

    @property
    def settings(self) -> "Settings | None":
        """The settings of the application, if there is one."""
        return settings_of(self.app) if self.app else None

    @cached_property
    def findings(self) -> list[Finding]:
        """Everything that `flask check` finds."""
        return report.findings(self.app, deployed=False) if self.app else []

    def close(self) -> None:
        """Leave no connection open."""
        if self.app and "carboy.data" in self.app.extensions:
            data_of(self.app).database.close()


@contextmanager
def _standing_in(folder: Path) -> Iterator[None]:
    """Make the application as `flask` would in this folder; no .env file is copied into the environment."""
    before = os.environ.get("FLASK_SKIP_DOTENV")
    os.environ["FLASK_SKIP_DOTENV"] = "1"
    path = list(sys.path)
    try:
        with chdir(folder):
            yield
    finally:
        sys.path[:] = path
        if before is None:
            del os.environ["FLASK_SKIP_DOTENV"]
        else:
            os.environ["FLASK_SKIP_DOTENV"] = before


def _of_what_breaks(error: BaseException, package: str) -> Finding:
    said = error.format_message().splitlines()[0] if isinstance(error, click.ClickException) else reason(error)
    wrong = f"The application cannot be made, so what it stands on was not asked: {said}"
    remedy = f"`flask --app {package} info` in the project's folder shows where. If a package is missing, install it."
    return finding("application.broken", wrong, remedy)
