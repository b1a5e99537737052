"""`flask check`: what is not as it should be, before a deployment and in one."""

from contextlib import redirect_stderr
from io import StringIO
from typing import TYPE_CHECKING

import click
from flask.cli import ScriptInfo, pass_script_info

from carboy.errors import SettingsError, SetupError

if TYPE_CHECKING:
    from flask import Flask


@click.command()
@click.option("--deploy", is_flag=True, help="Ask what matters in staging and production, whatever the mode.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="For whom."
)
@click.option("--reference", is_flag=True, help="Print the reference page, in Markdown.")
@pass_script_info
def check(script: ScriptInfo, form: str, *, deploy: bool, reference: bool) -> None:
    """Say what is wrong with the settings and with what the application stands on. Exits with 1 if anything is."""
    from carboy.ops.checks import report

    if reference:
        click.echo(report.reference(), nl=False)
        return
    try:
        found = report.findings(application_of(script), deployed=deploy)
    except SettingsError as error:
        found = report.refusals(error)
        click.echo(
            "With these settings no application can be made, so what it stands on was not asked. Mend them first.",
            err=True,
        )
    except SetupError as error:
        raise click.ClickException(error.detail) from error
    click.echo(report.as_json(found) if form == "json" else report.as_text(found))
    if found:
        raise SystemExit(1)


def application_of(script: ScriptInfo) -> "Flask":
    """Make the application, or raise what is wrong with its settings, which is to be told in another form here."""
    try:
        with redirect_stderr(StringIO()):
            return script.load_app()
    except SystemExit as told:
        if isinstance(told.__cause__, SettingsError):
            raise told.__cause__ from None
        raise
