"""The starter with live events: `gunicorn "live_shop:create_app()"`. What it runs on says the environment."""

import os

from flask import Response, request

from carboy import live
from carboy.data.flask import data_of
from carboy.errors import Conflict
from carboy.jobs import job
from carboy.live.flask import live as room
from carboy.live.table import LIVE_EVENTS
from carboy.web.csrf import accepts_foreign_posts
from carboy.web.identity import public
from starter import create_app as build


def create_app(settings=None):
    """Make the application; `/say/<room>` publishes numbers there."""
    app = build(settings)
    live.init_app(app)
    add_rooms(live.live_of(app))
    app.add_url_rule("/say/<path:name>", "say", say, methods=["POST"])
    app.add_url_rule("/refuse/<path:name>", "refuse", refuse, methods=["POST"])
    app.add_url_rule("/page", "page", page)
    app.after_request(tell_the_worker)
    return app


def add_rooms(room):
    """Open rooms: one for everybody, one for each user, and lists whose names begin with an a."""
    room.room("everybody", lambda who: True)
    room.room("mine", lambda who: f"user:{who.user_id}")
    room.room("list:<name>", lambda who, name: name.startswith("a"))


@public
@accepts_foreign_posts
def say(name):
    """Publish numbers in a room, each in a transaction of the request."""
    for number in range(int(request.args["from"]), int(request.args["to"])):
        room().publish(name, "counted", {"number": number})
    return "", 204


@public
@accepts_foreign_posts
def refuse(name):
    """Publish, and find that nothing of it is to be kept."""
    room().publish(name, "counted", {"number": -1})
    raise Conflict("Not now.")


@public
def page():
    """Show a page that listens."""
    script = '<script src="/static/vendor/socket.io/socket.io.min.js"></script><script type="module" src="/page.js">'
    return f"<!doctype html><html lang=en><title>Live</title><body><p id=heard></p>{script}</script>"


def tell_the_worker(answer: Response) -> Response:
    """Tell which process answered."""
    answer.headers["X-Worker"] = str(os.getpid())
    return answer


@job
def count_in_a_job(name: str, number: int, *, live):
    """Publish from a worker of jobs."""
    live.publish(name, "counted", {"number": number})


def make_table(app):
    """Make the table of events, which the starter has no migration for."""
    LIVE_EVENTS.create(data_of(app).database.engine(), checkfirst=True)
