"""A copy of everything that is kept, in one file, and the way back.

archive.py     the file: what is in it, and how one tells that it is whole
dumps/         the database in a file, and back
files.py       those of a folder, and which are in none
taking.py      `flask backup`
restoring.py   `flask restore`
stopping.py    what a signal does to either, and to `carboy new`
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["init_app"]


def init_app(app: "Flask") -> None:
    """Give the application its two commands."""
    from carboy.ops.backup.cli import backup_command, restore_command

    app.cli.add_command(backup_command)
    app.cli.add_command(restore_command)
