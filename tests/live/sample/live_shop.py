"""The starter with rooms to listen in: `gunicorn "live_shop:create_app()"`. What it runs on says the environment."""

import os

from flask import Response, request

from carboy.errors import Conflict
from carboy.jobs import job
from carboy.jobs.flask import jobs, jobs_of
from carboy.live.flask import live, live_of
from carboy.web.csrf import accepts_foreign_posts
from carboy.web.identity import public
from starter import create_app as build


def create_app(settings=None):
    """Make the application; `/say/<room>` publishes numbers there."""
    app = build(settings)
    add_rooms(live_of(app))
    jobs_of(app).register(count_in_a_job)
    app.add_url_rule("/say/<path:name>", "say", say, methods=["POST"])
    app.add_url_rule("/later/<path:name>", "later", later, methods=["POST"])
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
        live().publish(name, "counted", {"number": number})
    return "", 204


@public
@accepts_foreign_posts
def later(name):
    """Have numbers published by jobs, each in a transaction of its own."""
    for number in range(int(request.args["from"]), int(request.args["to"])):
        jobs().enqueue(count_in_a_job, name, number)
    return "", 204


@public
@accepts_foreign_posts
def refuse(name):
    """Publish, and find that nothing of it is to be kept."""
    live().publish(name, "counted", {"number": -1})
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
