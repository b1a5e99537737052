"""`flask db …` and `flask seed`. The commands are alembic's; finding the folder and the lock are ours."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import DBAPIError

from carboy.data.faults import DatabaseFull, meaning_of
from carboy.data.flask import Data, data_of, plant_seeds
from carboy.data.migrate import migrating_alone
from carboy.errors import CarboyError

db_commands = AppGroup("db", help="Migrate the database: one tree, for the application's tables and the library's.")


def _here() -> Data:
    return data_of(current_app)


def _alembic(name: str, *arguments: Any, **options: Any) -> None:
    """Run one of alembic's commands and tell its refusals without a traceback."""
    from alembic import command

    room = _here()
    if not room.migrations.versions.is_dir():
        raise click.ClickException(f"There is no folder {room.migrations.versions}. Run `flask db init` first.")
    with refusals_told():
        getattr(command, name)(room.migrations.config(room.database, sys.stdout), *arguments, **options)


@contextmanager
def refusals_told() -> Iterator[None]:
    """Tell in a sentence what alembic, the database or the disk refuses. A traceback is for bugs."""
    try:
        yield
    except (CarboyError, OSError) as error:
        raise click.ClickException(_told(error)) from error
    except DBAPIError as error:
        if (meaning := meaning_of(error)) is None:
            raise
        if isinstance(meaning, DatabaseFull):
            raise click.ClickException(
                f"The database has no room. Make some, then run this again: {error.orig}"
            ) from error
        raise click.ClickException(
            f"The database does not answer. Start it, mend DATABASE_URL, or wait until nobody holds it: {error.orig}"
        ) from error
    except Exception as error:
        from alembic.util import CommandError

        if not isinstance(error, CommandError):
            raise
        raise click.ClickException(str(error)) from error


def _told(error: Exception) -> str:
    said = [f"{name}: {words}" for name, every in getattr(error, "problems", {}).items() for words in every]
    return "\n".join([str(error), *said])


@db_commands.command("init")
def init() -> None:
    """Make the folder for migrations. Harmless when it is there."""
    versions = _here().migrations.versions
    existed = versions.is_dir()
    versions.mkdir(parents=True, exist_ok=True)
    click.echo(f"{versions} is there already." if existed else f"Made {versions}.")


@db_commands.command("migrate")
@click.option("-m", "--message", required=True, help="What changes, in a few words.")
def migrate(message: str) -> None:
    """Write a migration from the difference between the models and the database. Read it before you run it."""
    _alembic("revision", message=message, autogenerate=True)


@db_commands.command("revision")
@click.option("-m", "--message", required=True, help="What changes, in a few words.")
def revision(message: str) -> None:
    """Write an empty migration, to be filled by hand."""
    _alembic("revision", message=message)


@db_commands.command("upgrade")
@click.argument("revision", default="heads")
@click.option("--sql", is_flag=True, help="Print the SQL instead of running it.")
def upgrade(revision: str, sql: bool) -> None:
    """Bring the database up to date, or to REVISION."""
    _change("upgrade", revision, sql=sql)


@db_commands.command("downgrade")
@click.argument("revision", default="-1")
@click.option("--sql", is_flag=True, help="Print the SQL instead of running it.")
def downgrade(revision: str, sql: bool) -> None:
    """Take back the newest migration, or all down to REVISION."""
    _change("downgrade", revision, sql=sql)


def _change(name: str, revision: str, *, sql: bool) -> None:
    if sql:
        _alembic(name, revision, sql=True)
        return
    room = _here()
    with refusals_told():
        getattr(room.migrations, name)(room.database, revision)
        pending = room.migrations.pending(room.database)
    click.echo(f"Pending: {', '.join(pending)}." if pending else "The database is up to date.")


@db_commands.command("current")
def current() -> None:
    """Show where the database is."""
    _alembic("current")


@db_commands.command("history")
def history() -> None:
    """List the migrations, the newest first."""
    _alembic("history")


@db_commands.command("heads")
def heads() -> None:
    """Show the newest migration; more than one means that two branches want merging."""
    _alembic("heads")


@db_commands.command("check")
def check() -> None:
    """Say whether the models say anything that no migration does yet. Exits with 1 if they do."""
    _alembic("check")


@db_commands.command("stamp")
@click.argument("revision")
def stamp(revision: str) -> None:
    """Write down that the database is at REVISION, without running anything."""
    with refusals_told(), migrating_alone(_here().database):
        _alembic("stamp", revision)


@click.command("seed")
@with_appcontext
def seed_command() -> None:
    """Insert the default data. Running it again changes nothing."""
    with refusals_told():
        for name in plant_seeds(current_app) or ["nothing to seed"]:
            click.echo(name)
