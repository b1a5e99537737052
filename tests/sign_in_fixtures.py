"""The starter's accounts, asked over HTTP as anybody may ask them. A folder's conftest imports what its tests need."""

import re
from dataclasses import replace
from functools import cache

import pytest

from carboy.accounts import administering, finding
from carboy.accounts.flask import accounts_of
from carboy.accounts.hashing import Hasher
from carboy.accounts.room import HERE

PASSWORD = "correct horse battery staple"


@pytest.fixture
def room(app):
    """The accounts of the application under test."""
    return accounts_of(app)


class RememberingHasher(Hasher):
    """Hashes each password once in a test run: most of what making a user takes."""

    def hash(self, password):
        return hash_once(password)


@cache
def hash_once(password):
    return Hasher().hash(password)


@pytest.fixture
def make_user(room):
    """Make a user whose address is confirmed."""

    def make(email="ada@example.com", *, role="user", **columns):
        quick = replace(room, hasher=RememberingHasher())
        user_id = administering.create(quick, email, PASSWORD, caller=HERE, role=role, **columns)
        return finding.by_id(room, user_id)

    return make


@pytest.fixture
def grace(users):
    """An administrator."""
    return users.make("grace@example.com", role="admin")


@pytest.fixture
def boss(in_browser, grace):
    """The browser of an administrator who has just typed the password."""
    return in_browser(grace)


class Api:
    """Somebody who asks the API, with what they hold."""

    def __init__(self, client, token=""):
        self._client, self.token = client, token
        self.held = {}

    def __call__(self, method, path, json=None, *, token=None, **options):
        token = self.token if token is None else token
        headers = {**options.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        return self._client.open(f"/api/v1{path}", method=method, json=json, headers=headers, **options)


@pytest.fixture
def api(app):
    """Ask the API as a stranger: `api("POST", "/tokens", {…})`."""
    return Api(app.test_client(use_cookies=False))


@pytest.fixture
def sign_in(app):
    """Sign somebody in on the API, by JWT or by our own pair, and give who may ask now."""

    def sign(email="ada@example.com", password=PASSWORD, *, by="/tokens", **options):
        who = Api(app.test_client(use_cookies=False))
        answer = who("POST", by, {"email": email, "password": password}, **options)
        assert answer.status_code in (200, 201), answer.json
        who.held = answer.json
        who.token = who.held.get("access_token") or who.held["session_token"]
        return who

    return sign


@pytest.fixture
def link(jobs, outbox):
    """Send the mails that wait, and give the token of the last link that this address was sent."""

    def token_mailed_to(address):
        jobs.drain()
        texts = [letter.message.text for letter in outbox.letters if address in letter.recipients]
        return [found for text in texts for found in re.findall(r"/([\w-]{43})\s", text)][-1]

    return token_mailed_to
