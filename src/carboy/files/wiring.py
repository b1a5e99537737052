"""How an application is given files, from its settings: `files.init_app(app)`."""

from functools import partial

from flask import Flask

from carboy import settings as settings_room
from carboy.accounts.flask import accounts_of
from carboy.files import cli
from carboy.files.choosing import stores_of
from carboy.files.flask import files_of
from carboy.files.joining import join
from carboy.files.room import Files, Limits
from carboy.jobs.flask import jobs_of


def init_app(app: Flask) -> None:
    """Let this application keep files. Connects to nothing. Where there are users, their files go with them."""
    settings = settings_room.of(app)
    limits = Limits(settings.files_max_bytes, settings.files_quota_bytes, settings.files_max_pixels)
    room = Files(jobs_of(app), partial(stores_of, settings), limits=limits)
    app.extensions["carboy.files"] = join(room)
    app.cli.add_command(cli.files_commands)
    if "carboy.accounts" in app.extensions:
        accounts_of(app).farewells.append(lambda user_id: files_of(app).drop_all_of(f"user:{user_id}"))
    if (health := app.extensions.get("carboy.health")) is not None:
        health.checks["files"] = lambda: _look_at_store(app)


def _look_at_store(app: Flask) -> None:
    files_of(app).store.check()
