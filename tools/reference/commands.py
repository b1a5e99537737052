"""The page of commands: the verbs of both Makefiles, `carboy`, and the starter's `flask`."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo
from tools.reference.markdown import plain, sentence, table

from carboy.cli.command import main

ROOT = Path(__file__).parents[2]

# Where a command stands. One that is in no group is not left out: the page cannot be made.
GROUPS = {
    "Run and serve": ("dev", "serve", "worker", "scheduler"),
    "Settings, and what is wrong": ("config", "secrets", "check", "info"),
    "The database": ("db", "seed", "backup", "restore"),
    "Jobs": ("jobs",),
    "People": ("users", "auth", "keys"),
    "Files": ("files", "static", "idempotency"),
    "The API": ("openapi", "schemas"),
    "Tests": ("test",),
}

_HEAD = """# Commands

Made by `make reference` from the commands themselves; a test keeps it true. Each says the same with `--help`.

Commands of a project are typed in its folder, with the environment on the path (`. .venv/bin/activate`), or as
`.venv/bin/flask …`. `make` and `carboy` see to the environment themselves.

"""

_MAKE = """## make

`make` alone lists these. A verb makes or mends the environment that it needs.

"""

_EVERYWHERE = "\n`PYTHON` names the Python to make the environment with, `VENV` its folder.\n"

_CARBOY = """
## carboy

What is there before there is a project, and what looks after one. `carboy --version` says which Carboy it is.

"""

_FLASK = """## flask

`flask --app PLACE` says which application is meant, else `FLASK_APP`, else `wsgi.py` in this folder. Settings come from
the environment and the project's files ([all of them](settings.md)).

Any option may be said by the environment as well: `FLASK_`, the command, the option. `FLASK_WORKER_THREADS=4` is
`flask worker --threads 4`. The command line outranks it.

"""

_OF_FLASK = """### Flask's own

[Flask](https://flask.palletsprojects.com/en/stable/cli/) brings these; `flask COMMAND --help` has their options.

"""


class Typed(NamedTuple):
    """One command, and how it is called."""

    context: click.Context
    command: click.Command

    @property
    def name(self) -> str:
        """What is typed."""
        return self.context.command_path


def page(app: Flask) -> str:
    """Return the page."""
    parts = [_HEAD, _MAKE, _verbs("In a project", ROOT / "starter/Makefile"), _EVERYWHERE]
    parts += ["\n", _verbs("In the repository of Carboy", ROOT / "Makefile")]
    parts += [_CARBOY, *(_section(one, "###") for one in _under(main, click.Context(main, info_name="carboy")))]
    parts += [_FLASK, *_of_flask(app)]
    return "".join(parts)


def _verbs(title: str, makefile: Path) -> str:
    text = makefile.read_text(encoding="utf-8")
    own = set(re.findall(r"^(\w+)\s*[:?]?=", text, re.MULTILINE)) | {"MAKE", "CURDIR", "MAKEFILE_LIST"}
    rows = []
    for names, said, recipe in re.findall(r"^([a-z -]+):[^#\n]*(?:##([^\n]*))?\n((?:\t[^\n]*\n)*)", text, re.MULTILINE):
        variables = dict.fromkeys(name for name in re.findall(r"\$\((?:or \$\()?(\w+)", recipe) if name not in own)
        takes = ", ".join(f"`{name}`" for name in variables if name not in ("if", "foreach", "word"))
        for name in names.split():
            words = said or f" the same as `make {name}` in `starter/`"
            rows.append((f"`make {name}`", sentence(words), takes))
    return f"### {title}\n\n" + table(("verb", "what it does", "takes"), rows)


def _of_flask(app: Flask) -> Iterator[str]:
    group = FlaskGroup(create_app=lambda: app)
    theirs = sorted(group.commands)  # before it has looked into the application, or for what is installed
    context = click.Context(group, info_name="flask", obj=ScriptInfo(create_app=lambda: app))
    with context:  # it pushes the application, and takes it away again
        tops = {name: group.get_command(context, name) for name in group.list_commands(context)}
    ours = [name for names in GROUPS.values() for name in names]
    if set(ours) | set(theirs) != set(tops):
        wrong = ", ".join(sorted(set(tops) ^ {*ours, *theirs}))
        raise LookupError(f"{wrong}: say in GROUPS of {__file__} where it stands.")
    for title, names in GROUPS.items():
        yield f"### {title}\n\n"
        for name in names:
            context_of_it = click.Context(tops[name], info_name=name, parent=context)
            yield from (_section(one, "####") for one in _under(tops[name], context_of_it))
    rows = ((f"`flask {name}`", sentence(tops[name].get_short_help_str(200))) for name in theirs)
    yield _OF_FLASK + table(("command", "what it does"), rows)


def _under(command: Any, context: click.Context) -> Iterator[Typed]:
    if not isinstance(command, click.Group):
        yield Typed(context, command)
        return
    for name in command.list_commands(context):
        child: Any = command.get_command(context, name)
        yield from _under(child, click.Context(child, info_name=name, parent=context))


def _section(one: Typed, level: str) -> str:
    pieces = one.command.collect_usage_pieces(one.context)
    optional = [parameter for parameter in one.command.params if isinstance(parameter, click.Option)]
    usage = " ".join([one.name, *(piece for piece in pieces if piece != "[OPTIONS]" or optional)])
    # `\b` begins lines that click leaves as they are, to its first empty one; `\f` ends what is shown.
    told, *drawn = inspect.cleandoc(one.command.help or "").partition("\f")[0].split("\b\n")
    parts = [f"{level} {one.name}\n\n`{usage}`\n\n{plain(told.strip())}\n\n"]
    parts += [f"```text\n{inspect.cleandoc(lines).rstrip()}\n```\n\n" for lines in drawn]
    if optional:
        rows = [(_spelled(option), _default(option), plain(sentence(option.help or ""))) for option in optional]
        parts.append(table(("option", "default", "what for"), rows) + "\n")
    return "".join(parts)


def _spelled(option: click.Option) -> str:
    names = [*option.opts, *option.secondary_opts]
    value = "" if option.is_flag else " " + option.metavar if option.metavar else _value(option.type)
    return ", ".join(f"`{name}{value}`" for name in names) + (", as often as you like" if option.multiple else "")


def _value(kind: click.ParamType) -> str:
    if isinstance(kind, click.Choice):
        return " " + "|".join(map(str, kind.choices))
    if isinstance(kind, click.IntRange):
        return f" {'' if kind.min is None else kind.min}…{'' if kind.max is None else kind.max}"
    return f" {kind.name.upper()}"


def _default(option: click.Option) -> str:
    default = option.to_info_dict()["default"]
    if option.required:
        return "must be said"
    return "" if option.is_flag or default in (None, "") or callable(default) else f"`{default}`"
