"""`flask config`: every setting, its value and who said it."""

import json
from contextlib import redirect_stderr
from io import StringIO
from typing import TYPE_CHECKING

import click
from flask.cli import NoAppException, ScriptInfo, pass_script_info

from carboy.errors import SettingsError, SetupError
from carboy.settings.kinds import MODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carboy.settings import Settings
    from carboy.settings.report import Row

_WIDEST = 60


@click.command()
@click.option("--example", metavar="MODE", type=click.Choice(MODES), help="Print the example file for MODE.")
@click.option("--reference", is_flag=True, help="Print the reference page, in Markdown.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="For whom."
)
@pass_script_info
def config(script: ScriptInfo, example: str | None, reference: bool, form: str) -> None:
    """Show every setting, its value (secrets hidden) and where it came from."""
    from carboy.settings import report

    if example:
        click.echo(report.example(_class(script), example), nl=False)
    elif reference:
        click.echo(report.reference(_class(script)), nl=False)
    elif form == "json":
        settings = _settings(script)
        shown = {"settings": [row._asdict() for row in report.rows(settings)], "warnings": settings.warnings}
        click.echo(json.dumps(shown, indent=2))
    else:
        settings = _settings(script)
        _print_table(report.rows(settings))
        for warning in settings.warnings:
            click.echo(f"Warning: {warning}")


def _class(script: ScriptInfo) -> "type[Settings]":
    """Find the application's own class of settings; what is wrong with its values does not matter here."""
    from carboy.settings import Settings

    try:
        with redirect_stderr(StringIO()):
            return type(_settings(script))
    except (SystemExit, click.ClickException):
        return Settings


def _settings(script: ScriptInfo) -> "Settings":
    from carboy import settings as settings_room

    try:
        return settings_room.of(script.load_app())
    except NoAppException as error:
        reason = error.format_message().partition("\n")[0]
        click.echo(
            f"No application was found, so these are the settings of this folder alone. Name one with --app. {reason}",
            err=True,
        )
        return _settings_of_this_folder()
    except SettingsError as error:
        raise _wrong(error) from None
    except SetupError as error:
        raise click.ClickException(error.detail) from error


def _settings_of_this_folder() -> "Settings":
    from carboy.settings import Settings

    try:
        return Settings.load()
    except SettingsError as error:
        raise _wrong(error) from None


def _wrong(error: SettingsError) -> SystemExit:
    click.echo(error, err=True)
    return SystemExit(error.exit_code)


def _print_table(rows: "Sequence[Row]") -> None:
    name_width = max(len(row.name) for row in rows)
    value_width = min(max(len(row.value) for row in rows), _WIDEST)
    for name, value, source in rows:
        click.echo(f"{name:<{name_width}}  {value:<{value_width}}  {source}")
