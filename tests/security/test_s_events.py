"""What happens to accounts is on record: who, from where, in which request; and never what is secret."""

import logging

import pytest
from sign_in_fixtures import PASSWORD, Api
from sqlalchemy import select

from carboy.accounts import opaque
from carboy.accounts.table import AUTH_EVENTS

ADA, NEW_ADDRESS = "ada@example.com", "lovelace@example.com"
NEW, NEWER = "quite another long sentence", "a third one for good measure"
WRONG = "wrong horse battery staple"
FROM = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}, "headers": {"X-Request-ID": "a-walk-through-accounts"}}


class Walker(Api):
    """Somebody who asks from one address, and whose requests have one name."""

    def __call__(self, *asked, **options):
        return super().__call__(*asked, **options, **{name: dict(values) for name, values in FROM.items()})


@pytest.fixture
def walker(app):
    return Walker(app.test_client(use_cookies=False))


@pytest.fixture
def rows(room):
    """What is on record, the notes of refusals written first."""

    def read():
        room.notes.write()
        with room.database.reading() as session:
            return session.execute(select(AUTH_EVENTS).order_by(AUTH_EVENTS.c.id)).all()

    return read


class Walk:
    """Every flow of accounts, one after the other, and every secret that came up."""

    def __init__(self, ask, link):
        self.ask, self.link = ask, link
        self.secrets = [PASSWORD, NEW, NEWER, WRONG]

    def sign_in(self, password, by="/tokens", email=ADA):
        held = self.ask("POST", by, {"email": email, "password": password}, token="").json
        self.secrets += [value for name, value in held.items() if name.endswith("_token")]
        self.ask.token = held.get("access_token") or held["session_token"]
        return held

    def follow(self, path, email=ADA, **said):
        token = self.link(email)
        self.secrets.append(token)
        answer = self.ask("PUT", path, {"token": token, **said}, token="")
        assert answer.status_code == 204, answer.json

    def begin(self):
        self.ask("POST", "/users", {"email": ADA, "password": PASSWORD})
        self.follow("/email-confirmations")
        self.ask("POST", "/tokens", {"email": ADA, "password": WRONG})
        self.ask("POST", "/tokens", {"email": "nobody@example.com", "password": WRONG})
        self.sign_in(PASSWORD)
        self.ask("DELETE", "/tokens")

    def prove(self):
        self.sign_in(PASSWORD, by="/sessions")
        self.ask("POST", "/sessions/current/reauthenticate", {"password": WRONG})
        proven = self.ask("POST", "/sessions/current/reauthenticate", {"password": PASSWORD}).json
        self.secrets += [proven["session_token"], proven["update_token"]]
        self.ask.token = proven["session_token"]

    def lose_a_token(self, clock):
        refresh = {"refresh_token": self.sign_in(PASSWORD)["refresh_token"]}
        following = self.ask("PUT", "/tokens", refresh, token="").json
        self.secrets += [following["access_token"], following["refresh_token"]]
        clock.shift(11)
        assert self.ask("PUT", "/tokens", refresh, token="").json["code"] == "refresh-reused"

    def lose_an_update_token(self):
        token = self.sign_in(PASSWORD, by="/sessions")["update_token"]
        renewed = self.ask("PUT", "/sessions/current", token=token).json
        self.secrets += [renewed["session_token"], renewed["update_token"]]
        assert self.ask("PUT", "/sessions/current", token=token).json["code"] == "update-token-reused"

    def change(self):
        self.sign_in(PASSWORD, by="/sessions")
        said = {"current_password": PASSWORD, "password": NEW}
        self.ask("PATCH", "/users/me/password", said)
        self.ask("POST", "/password-resets", {"email": ADA}, token="")
        self.follow("/password-resets", password=NEWER)
        self.sign_in(NEWER)
        self.ask("POST", "/email-changes", {"email": NEW_ADDRESS})
        self.follow("/email-changes", NEW_ADDRESS)

    def end(self):
        self.sign_in(NEWER, email=NEW_ADDRESS)
        self.sign_in(NEWER, email=NEW_ADDRESS, by="/sessions")
        self.ask("DELETE", "/sessions")
        self.ask("DELETE", "/users/me")


@pytest.fixture
def walk(walker, link, clock):
    def every_flow():
        walked = Walk(walker, link)
        walked.begin()
        walked.prove()
        walked.lose_a_token(clock)
        walked.lose_an_update_token()
        walked.change()
        walked.end()
        return walked

    return every_flow


HAPPENED = {
    "register", "email.confirmed", "login.ok", "login.fail", "session.revoked", "sudo.ok", "sudo.fail",
    "password.changed", "password.reset", "email.change-asked", "email.changed", "account.deleted",
}  # fmt: skip
ENDED = {
    "logout", "refresh-reuse", "update-reuse", "password-changed", "email-changed", "by-owner", "account-deleted",
}  # fmt: skip


def test_s71_every_flow_leaves_a_row_with_who_from_where_and_in_which_request(walk, rows):
    """S71: each event, and each reason that a sign-in ends for."""
    walk()

    written = rows()
    assert {row.event for row in written} == HAPPENED
    assert {row.detail["reason"] for row in written if row.event == "session.revoked"} == ENDED
    assert {(row.ip, row.request_id) for row in written} == {("203.0.113.9", "a-walk-through-accounts")}
    assert {row.user_id for row in written} == {None}  # the account was deleted in the end


def test_s71_no_row_and_no_line_holds_what_is_secret(walk, rows, caplog):
    """S71: neither passwords, tokens and links nor their digests, nor an address that nobody has."""
    caplog.set_level(logging.DEBUG)

    secrets = walk().secrets

    written = "\n".join(map(str, rows())) + "\n".join(str(vars(line)) for line in caplog.records)
    assert len(secrets) > 20
    assert [secret for secret in secrets if secret in written or opaque.digest(secret) in written] == []
    assert "nobody@example.com" not in written


def test_s71_an_event_says_whose_account_it_is_and_which_sign_in(walker, make_user, rows):
    """S71: a wrong password is noted with the account that it was tried on, if there is one."""
    ada = make_user()
    for email, password in ((ADA, WRONG), ("nobody@example.com", WRONG), (ADA, PASSWORD)):
        walker("POST", "/tokens", {"email": email, "password": password})

    _made, *written = rows()

    told = [(row.event, row.user_id, row.session_id is not None) for row in written]
    assert told == [("login.fail", ada.id, False), ("login.fail", None, False), ("login.ok", ada.id, True)]


def test_s71_what_administrators_do_is_on_record(walker, make_user, sign_in, rows):
    """S71: made, shut out, let in, given a role, signed out."""
    ada = make_user()
    make_user("grace@example.com", role="admin")
    walker.token = sign_in("grace@example.com").token

    for change in ({"is_active": False}, {"is_active": True}, {"role": "admin"}):
        walker("PATCH", f"/admin/users/{ada.id}", change)

    written = [row for row in rows() if row.user_id == ada.id]
    assert [row.event for row in written] == ["user.created", "user.disabled", "user.enabled", "user.role"]
    assert {(row.ip, row.request_id) for row in written[1:]} == {("203.0.113.9", "a-walk-through-accounts")}


@pytest.mark.settings(auth_throttling=True)
def test_s71_whoever_is_told_to_wait_is_in_the_log(walker, make_user, caplog):
    """S71: one line names the limit and the request, the line of that request the address."""
    make_user()
    caplog.set_level(logging.INFO)

    for _ in range(6):
        answer = walker("POST", "/tokens", {"email": ADA, "password": WRONG})

    assert answer.status_code == 429
    (hit,) = [line for line in caplog.records if getattr(line, "event_name", "") == "ratelimit.hit"]
    (asked,) = [line for line in caplog.records if getattr(line, "status", 0) == 429]
    assert hit.scope == "accounts SIGN_IN"
    assert asked.ip == "203.0.113.9"
