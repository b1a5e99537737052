"""Run in a project's folder, with a feature's addresses: schemathesis asks them as somebody who is signed in.

It prints what it complains of, and at last how often it asked. The project's application is imported, so it has a
process of its own.
"""

import itertools
import sys
from importlib import import_module
from pathlib import Path

from generated_requests import attack

from carboy.accounts import known, sessions
from carboy.accounts.flask import accounts_of
from carboy.accounts.room import HERE
from carboy.accounts.table import Kind
from carboy.data.flask import data_of
from carboy.errors import Unauthenticated


def app_of(package, folder):
    """The application, on a database of its own."""
    settings = import_module(f"{package}.settings").Settings
    said = {"mode": "testing", "database_url": f"sqlite:///{folder}/attacked_test.sqlite", "log_level": "ERROR"}
    app = import_module(package).create_app(settings.load(root=folder, environ={}, **said))
    data_of(app).migrations.upgrade(data_of(app).database)
    return app


def somebody(app):
    """Give the token of a user; of somebody new, where the last one was signed out."""
    room, numbers, held = accounts_of(app), itertools.count(1), []

    def sign_in():
        address = f"ada{next(numbers)}@example.com"
        with room.database.transaction() as session:
            user = room.user(email=address, email_normalized=address, role="user")
            session.add(user)
            session.flush()
            held.append(sessions.begin(room, session, user, kind=Kind.API, caller=HERE).session_token)

    def token():
        try:
            known.by_token(room, held[-1], Kind.API)
        except (Unauthenticated, IndexError):
            sign_in()
        return held[-1]

    return token


if __name__ == "__main__":
    package, folder, *paths = sys.argv[1:]
    sys.path.insert(0, str(Path.cwd()))
    app = app_of(package, Path(folder))
    but_for = rf"/api/v1/(?!({'|'.join(paths)})(/|$))"
    found = attack(app, seed=1, examples=8, signed_in=somebody(app), but_for=but_for)
    for complaint in found.complaints:
        print(complaint)
    print(f"{found.requests.total()} requests, {len(found.complaints)} complaints, changed {sorted(found.changed)}")
    sys.exit(bool(found.complaints))
