"""The starter as it is, on databases whose tables its migrations made."""

import itertools
from hashlib import sha256

import pytest

from carboy.accounts import known, sessions
from carboy.accounts.flask import accounts_of
from carboy.accounts.hashing import Hasher
from carboy.accounts.room import HERE
from carboy.accounts.table import Kind
from carboy.data.flask import data_of
from carboy.errors import Unauthenticated
from starter import create_app
from starter.settings import Settings

KEY = "ck_for_generated_requests"
PASSWORD = "correct horse battery staple"  # as the document's examples have it


@pytest.fixture
def key():
    """The key of a machine that the starter knows."""
    return KEY


@pytest.fixture(params=["sqlite"])
def starter_database_url(request, new_database):
    """A database of its own; a test that wants others names them by parametrizing this."""
    return new_database(request.param)


@pytest.fixture
def starter_app(starter_database_url, tmp_path):
    settings = Settings.load(
        root=tmp_path,
        environ={},
        mode="testing",
        database_url=starter_database_url,
        api_keys=(f"tests={sha256(KEY.encode()).hexdigest()}",),
        log_level="ERROR",
    )
    app = create_app(settings)
    data_of(app).migrations.upgrade(data_of(app).database)
    yield app
    data_of(app).database.close()


@pytest.fixture(scope="session")
def hash_of_password():
    return Hasher().hash(PASSWORD)


@pytest.fixture
def signed_in(starter_app, hash_of_password):
    """Give who is signed in, in a role and a form: called, they show a token that is good."""
    room = accounts_of(starter_app)
    numbers = itertools.count(1)

    def sign_in(role, kind):
        address = f"{role}{next(numbers)}@example.com"
        with room.database.transaction() as session:
            user = room.user(email=address, email_normalized=address, role=role, password_hash=hash_of_password)
            session.add(user)
            session.flush()
            return sessions.begin(room, session, user, kind=kind, caller=HERE)

    def give(role, kind):
        sign_in(role, kind)  # somebody else, so that an administrator may go
        return _Somebody(room, lambda: sign_in(role, kind), kind)

    return give


class _Somebody:
    """Shows a token; whoever was signed out or deleted meanwhile comes back as somebody new."""

    def __init__(self, room, sign_in, kind):
        self._room, self._sign_in, self._kind = room, sign_in, kind
        self._held = sign_in()

    def __call__(self):
        try:
            self._look()
        except Unauthenticated:
            self._held = self._sign_in()
        return self._token

    def _look(self):
        if self._kind is Kind.JWT:
            return known.by_access_token(self._room, self._token)
        return known.by_token(self._room, self._token, self._kind)

    @property
    def _token(self):
        return self._held.access_token if self._kind is Kind.JWT else self._held.session_token
