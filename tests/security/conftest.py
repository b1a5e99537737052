"""The starter's accounts, attacked over HTTP and beside it."""

from dataclasses import dataclass, field
from threading import Lock

import pytest
from flask import render_template_string, request
from sign_in_fixtures import api, link, make_user, room, sign_in

from carboy.accounts import browser, signing_in
from carboy.accounts.authenticators import my_sign_in
from carboy.accounts.finding import Login
from carboy.accounts.flask import accounts, caller
from carboy.accounts.table import Kind
from carboy.data.flask import own_transactions
from carboy.web.csrf import accepts_foreign_posts
from carboy.web.identity import public

__all__ = ["api", "link", "make_user", "room", "sign_in"]


@pytest.fixture
def pages(app):
    """The least that a browser can sign in by: `/in`, `/out`, `/form` for everybody and `/private` for users."""

    @app.post("/in")
    @public
    @accepts_foreign_posts
    @own_transactions
    def enter():
        login = Login(email=request.form["email"])
        browser.keep(signing_in.log_in(accounts(), login, request.form["password"], kind=Kind.BROWSER, caller=caller()))
        return "welcome"

    @app.post("/out")
    @accepts_foreign_posts
    @own_transactions
    def leave():
        browser.let_go()
        return "goodbye"

    @app.get("/form")
    @public
    def form():
        return render_template_string("{{ csrf_field() }}")

    @app.get("/private")
    def private():
        return f"{my_sign_in().user_id}"

    return app


@dataclass
class Verifications:
    """How many passwords are being verified, how many were, and the most at one moment."""

    now: int = 0
    total: int = 0
    most: int = 0
    costs: list = field(default_factory=list)
    _one_at_a_time: Lock = field(default_factory=Lock)

    def count(self, verify):
        def counted(hasher, kept, secret):
            with self._one_at_a_time:
                self.now, self.total = self.now + 1, self.total + 1
                self.most = max(self.most, self.now)
                self.costs.append(kept.split("$")[3])
            try:
                return verify(hasher, kept, secret)
            finally:
                with self._one_at_a_time:
                    self.now -= 1

        return counted


@pytest.fixture
def verifications(monkeypatch):
    """Every verification by argon2, counted; it is done all the same."""
    from argon2 import PasswordHasher

    counted = Verifications()
    monkeypatch.setattr(PasswordHasher, "verify", counted.count(PasswordHasher.verify))
    return counted
