"""The data room: transactions, models, keyset pages, migrations. Start reading at database.py.

Everything here works in a plain script; only `flask.py` and `cli.py` know Flask.
"""

from typing import TYPE_CHECKING

from carboy.data.database import Database
from carboy.data.model import Base, Model, Versioned, uuid7
from carboy.data.pages import Page, Window, keyset_page
from carboy.data.plain import PlainSql
from carboy.data.types import FixedPoint, LongBytes, LongText, UtcDateTime
from carboy.data.winner import win_insert, win_update

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

__all__ = [
    "Base",
    "Database",
    "FixedPoint",
    "LongBytes",
    "LongText",
    "Model",
    "Page",
    "PlainSql",
    "UtcDateTime",
    "Versioned",
    "Window",
    "init_app",
    "keyset_page",
    "uuid7",
    "win_insert",
    "win_update",
]


def init_app(app: "Flask", database: Database | None = None, *, migrations: "Path | None" = None) -> None:
    """Give a Flask application its database: a transaction per request, `flask db`, `flask seed`."""
    from carboy.data import cli, flask

    flask.init_app(app, database, migrations=migrations)
    app.cli.add_command(cli.db_commands)
    app.cli.add_command(cli.seed_command)
