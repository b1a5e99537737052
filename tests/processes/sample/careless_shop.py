"""The starter with views and a job that fail in every way, each with a secret at hand: `careless_shop:create_app()`."""

import os
import time

from flask import abort, request
from sqlalchemy import text

from carboy.data.flask import db
from carboy.jobs import job
from carboy.jobs.flask import jobs, jobs_of
from carboy.mail import Message
from carboy.mail.flask import mail
from carboy.web.csrf import accepts_foreign_posts
from carboy.web.identity import public
from starter import create_app as build


def create_app(settings=None):
    """Make the application; each of its views is handed a secret, and fails."""
    app = build(settings)
    jobs_of(app).register(stumble)
    for view in (slow, crash, refuse, ask_wrongly, ask_for_a_job, write_to_somebody, die_slowly):
        app.add_url_rule(
            f"/careless/{view.__name__}", view.__name__, public(accepts_foreign_posts(view)), methods=["POST"]
        )
    return app


def slow():
    """Take longer than SLOW_REQUEST_SECONDS."""
    time.sleep(0.06)
    return "", 204


def crash():
    """Fail with the password in a variable."""
    password = request.form["password"]
    return len(password) / 0


def die_slowly():
    """The same, slowly."""
    time.sleep(0.06)
    return crash()


def refuse():
    """Refuse what was sent."""
    abort(400)


def ask_wrongly():
    """Hand the password to a statement that fails."""
    db().session.execute(text("SELECT :password FROM nowhere"), dict(request.form))


def ask_for_a_job():
    """Ask for a job that is given the password."""
    jobs().enqueue(stumble, request.form["password"])
    return "", 204


def write_to_somebody():
    """Send a mail with a link that is a secret, through a server that is not there."""
    mail().send(Message(to="ada@example.org", subject="A new password", text=os.environ["PLANTED_LINK"]))
    return "", 204


@job(attempts=1)
def stumble(password: str):
    """Fail with the password at hand."""
    return len(password) / 0
