"""Every page that is made from the code, and what it should be."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from tools.reference import commands, http_api, messages

from carboy.ops.checks import report as checks
from carboy.settings import Settings
from carboy.settings.report import reference as settings_page
from carboy.web import problems
from starter import create_app
from starter import settings as starter_settings

FOLDER = Path(__file__).parents[2] / "docs/reference"


def starter() -> Flask:
    """Make the starter with no setting but its mode: what a machine says of itself is on no page."""
    return create_app(starter_settings.Settings.load(root=FOLDER, environ={}, mode="development"))


def _errors() -> str:
    """Return the page of errors with its table made anew; the rest of it is written by hand."""
    written, head, _ = (FOLDER / "errors.md").read_text(encoding="utf-8").partition("| code | status |")
    assert problems.reference().startswith(head)  # noqa: S101  (else the table would stand there twice)
    return written + problems.reference()


PAGES: dict[str, Callable[[], str]] = {
    "checks.md": checks.reference,
    "commands.md": lambda: commands.page(starter()),
    "errors.md": _errors,
    "http-api.md": lambda: http_api.page(starter()),
    "messages.md": messages.page,
    "settings.md": lambda: settings_page(Settings),
}
