"""How an application is given live events, from its settings: `live.init_app(app)`."""

from functools import partial
from importlib.util import find_spec

from flask import Blueprint, Flask

from carboy import settings as settings_room
from carboy.data.flask import own_transactions
from carboy.errors import SetupError
from carboy.jobs.flask import jobs_of
from carboy.live import ending, progress
from carboy.live.choosing import manager_of
from carboy.live.door import PATH, Seats, becoming_sockets, let_in
from carboy.live.joining import join
from carboy.live.room import Live
from carboy.live.sockets import Sockets
from carboy.web.doors import open_door
from carboy.web.identity import public
from carboy.web.onion import wrap

__all__ = ["ending", "init_app", "progress"]  # those that listen to what others tell


def init_app(app: Flask) -> None:
    """Let what happens here be told to browsers. Connects to nothing and starts nothing."""
    settings = settings_room.of(app)
    room = Live(jobs_of(app), partial(manager_of, settings))
    room.room("jobs:mine", progress.my_jobs)
    app.extensions["carboy.live"] = join(room)
    _serve_script(app)
    if settings.live_sockets:
        _serve_sockets(app, Seats(settings.live_sockets))


def _serve_script(app: Flask) -> None:
    app.register_blueprint(Blueprint("carboy_live", __name__, static_folder="static", static_url_path="/static/live"))
    open_door(app, "carboy_live.static")


def _serve_sockets(app: Flask, seats: Seats) -> None:
    if find_spec("socketio") is None or find_spec("wsproto") is None:
        raise SetupError("Sockets need two more packages: pip install carboy[live]. Or set LIVE_SOCKETS=0.")
    sockets = app.extensions["carboy.live.sockets"] = Sockets(app)
    view = own_transactions(public(partial(let_in, sockets)))
    app.add_url_rule(PATH, "carboy_live.socket", view, websocket=True)
    wrap(app, becoming_sockets(seats, sockets))
