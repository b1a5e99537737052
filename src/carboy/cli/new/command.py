"""`carboy new`: what is typed, and what is answered."""

import difflib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import click

from carboy.cli.new.answers import Answers
from carboy.cli.new.leaving_out import OPTIONAL

_OF_HISTORY = {
    "committed": "",
    "initialised": "git knows nobody by `git config user.name` and `user.email`: the first commit is yours to make.",
    "around": "It lies in a git repository already, and is left to that.",
    "none": "There is no git here, and so no history.",
}


class Unwanted(click.ClickException):
    """What was asked for cannot be; nothing was written."""

    exit_code = 2


@click.command()
@click.argument("name")
@click.option(
    "--without", multiple=True, metavar="FEATURES", help=f"Leave these out, with commas: {', '.join(OPTIONAL)}."
)
@click.option("--json", "as_json", is_flag=True, help="Say what was made as JSON.")
def new(name: str, without: tuple[str, ...], as_json: bool) -> None:
    """Make a project called NAME, in a folder of that name.

    It is the starter under your name, with keys, a first migration and a first commit. Every file is yours to change.
    """
    # Only now: `carboy --help` needs none of it.
    from carboy.cli.new.making import make
    from carboy.errors import SetupError

    answers = Answers(name, _left_out(without))
    _refuse_taken(name)
    try:
        made = make(answers, Path.cwd())
    except (SetupError, OSError) as error:
        raise click.ClickException(
            f"{name} was not made, and nothing is left of it. Mend this, then try again: {error}"
        ) from error
    following = [f"cd {name}", "make run", "make test"]
    if as_json:
        said = {"name": name, "folder": str(made.folder), "without": sorted(answers.without), "history": made.history}
        click.echo(json.dumps({**said, "files": made.files, "next": following}, indent=2))
    else:
        click.echo(_told(name, made.history, following))


def _left_out(given: Iterable[str]) -> frozenset[str]:
    features = [feature.strip() for words in given for feature in words.split(",") if feature.strip()]
    for feature in features:
        if feature not in OPTIONAL:
            near = difflib.get_close_matches(feature, OPTIONAL, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise Unwanted(f"There is no feature {feature!r} to leave out. Name some of {', '.join(OPTIONAL)}.{hint}")
    return frozenset(features)


def _refuse_taken(name: str) -> None:
    from carboy.cli.new.names import why_not
    from carboy.cli.new.starter import starter_folder

    if sentence := why_not(name, starter_folder()):
        raise Unwanted(f"{name!r} cannot be the name. {sentence}")
    if os.path.lexists(name):
        raise Unwanted(f"{name} is there already. Choose another name, or remove it first.")


def _told(name: str, history: str, following: list[str]) -> str:
    comments = ("", "  # http://127.0.0.1:5000/, with all set-up", "")
    commands = [f"    {command}{comment}" for command, comment in zip(following, comments, strict=True)]
    return "\n".join([f"Made {name}. {_OF_HISTORY[history]}".rstrip(), "", *commands])
