"""`flask openapi` prints the API's document and tells what breaks clients; `flask schemas` keeps files in step."""

import json
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from carboy.web.endpoints import specifications_of

_api = click.option("--api", default="v1", show_default=True, help="Which version of the API.")


@click.group("openapi", invoke_without_command=True)
@_api
@click.pass_context
@with_appcontext
def openapi(context: click.Context, api: str) -> None:
    """Print the API's document (OpenAPI 3.1)."""
    if context.invoked_subcommand is None:
        click.echo(_printed(api), nl=False)


@openapi.command("write")
@_api
@with_appcontext
def write(api: str) -> None:
    """Write the document to specifications/, to be committed."""
    path = _committed(api)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_printed(api))
    click.echo(f"Wrote {_shown(path)}.")


@openapi.command("check")
@_api
@click.option("--against", type=click.Path(path_type=Path), help="Another document than the committed one.")
@click.option("--exact", is_flag=True, help="Let no difference pass, not even one that breaks nobody.")
@with_appcontext
def check(api: str, against: Path | None, exact: bool) -> None:
    """Compare the document with the committed one: exit 1 when clients would break, or when it has drifted.

    What only grows the API, such as a new field that may be left out, passes.
    """
    from carboy.web.openapi.verdict import compared

    path = against or _committed(api)
    try:
        old = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{_shown(path)} cannot be read. `flask openapi write` writes it.") from error
    verdict = compared(old, json.loads(_printed(api)))
    for change in verdict.changes:
        click.echo(f"{'BREAKS' if change.breaking else 'grows '}  {change.where}: {change.what}")
    _conclude(verdict.problem(exact=exact), verdict.same)


def _conclude(problem: str, same: bool) -> None:
    if problem:
        raise click.ClickException(problem)
    click.echo(
        "The document is as committed." if same else "Nobody breaks. `flask openapi write` keeps the new document."
    )


@click.group("schemas")
def schemas() -> None:
    """Keep a JSON Schema file for every endpoint that is written with types."""


@schemas.command("export")
@with_appcontext
def export() -> None:
    """Write the file of every typed endpoint to specifications/schemas/."""
    from carboy.web.openapi import exported

    files = exported.files_of(_app())
    exported.export(_schema_folder(), files)
    click.echo(f"{len(files)} files are in {_shown(_schema_folder())}.")


@schemas.command("check")
@with_appcontext
def check_schemas() -> None:
    """Fail when an exported file differs from its type, is missing, or belongs to nothing."""
    from carboy.web.openapi import exported

    said = exported.differences(_schema_folder(), exported.files_of(_app()))
    for sentence in said:
        click.echo(sentence)
    if said:
        raise click.ClickException("Run `flask schemas export`, and look at what it changes.")
    click.echo("Every file is as its type.")


def _printed(api: str) -> str:
    from carboy.web.openapi.document import printed, titled

    return printed(titled(_app(), api))


def _app() -> Flask:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    return app


def _committed(api: str) -> Path:
    return specifications_of(_app()) / f"openapi-{api}.json"


def _schema_folder() -> Path:
    return specifications_of(_app()) / "schemas"


def _shown(path: Path) -> Path:
    project = specifications_of(_app()).parent
    return path.relative_to(project) if path.is_relative_to(project) else path
