"""Live events through every manager, and sockets as browsers open them."""

import sys
from pathlib import Path

import pytest
from hearing import Heard
from listening import Browser, Raw, Script
from serving import served
from sign_in_fixtures import PASSWORD, make_user, room, sign_in

from carboy.accounts import signing_in
from carboy.accounts.finding import Login
from carboy.accounts.room import HERE
from carboy.accounts.table import Kind
from carboy.data import Database
from carboy.live.flask import live_of
from carboy.live.table import LIVE_EVENTS

__all__ = ["make_user", "room", "sign_in"]

SAMPLE = Path(__file__).parent / "sample"
sys.path.insert(0, str(SAMPLE))  # a folder of tests has no name to import it by


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture(scope="session")
def make_live_database(new_database):
    """Give a database of a kind with the table of events; one for the whole run."""
    made = {}

    def make(kind):
        if kind not in made:
            made[kind] = Database(new_database(kind), patience=10)
            LIVE_EVENTS.create(made[kind].engine())
        return made[kind]

    yield make
    for database in made.values():
        database.close()


@pytest.fixture
def shop(app):
    """The starter with rooms to listen in."""
    room = live_of(app)
    room.room("everybody", lambda who: True)
    room.room("mine", lambda who: f"user:{who.user_id}")
    room.room("list:<name>", lambda who, name: name.startswith("a"))
    room.room("broken", lambda who: 1 / 0)
    return app


@pytest.fixture
def address(shop):
    with served(shop) as address:
        yield address
        shop.extensions["carboy.live.sockets"].close_all()


@pytest.fixture
def publish(shop):
    """Publish as something that happens here does."""
    return live_of(shop).publish


@pytest.fixture
def open_socket(address):
    """Open a socket: with the access token of a script, or with what a browser holds."""
    opened = []

    def open_one(*, token=None, cookie=None, **headers):
        opened.append(Script(address, token, headers) if token else Browser(address, cookie, headers))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def open_raw(address):
    """Open a websocket that speaks no Socket.IO."""
    opened = []

    def open_one():
        opened.append(Raw(address))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def ada(make_user):
    return make_user()


@pytest.fixture
def cookie(ada, room, browser):
    """The cookie of Ada's browser."""
    browser.hold(signing_in.log_in(room, Login(email=ada.email), PASSWORD, kind=Kind.BROWSER, caller=HERE))
    return f"session={browser.cookie()}"
