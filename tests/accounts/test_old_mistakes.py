"""Mistakes that applications before this one made, each as the law that forbids it."""

import base64
import json
from datetime import timedelta

import pytest
from sign_in_fixtures import PASSWORD, Api
from sqlalchemy import select, text
from werkzeug.security import generate_password_hash

from carboy.accounts import administering, finding
from carboy.accounts.flask import accounts_of
from carboy.accounts.room import HERE
from carboy.accounts.table import SESSIONS
from carboy.data.flask import data_of
from starter import create_app
from starter.accounts.models import User

ADA, DAVE = "ada@example.com", "dave@example.com"
OURS = {"base_url": "https://shop.example.org"}


def claims_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class Visitor(Api):
    """Somebody who asks where the application is deployed."""

    def __call__(self, *asked, **options):
        return super().__call__(*asked, **options, **OURS)


@pytest.fixture
def production(settings, deployed, tmp_path):
    """The starter as it is deployed, on SQLite, with Ada in it."""
    url = f"sqlite:///{tmp_path}/production.sqlite"
    values = deployed | {"database_url": url, "allow_sqlite_in_production": True, "log_level": "CRITICAL"}
    app = create_app(type(settings).load(root=tmp_path, environ={}, **values))
    data_of(app).migrations.upgrade(data_of(app).database)
    administering.create(accounts_of(app), ADA, PASSWORD, caller=HERE)
    yield app
    data_of(app).database.close()


@pytest.fixture
def visitor(production):
    return Visitor(production.test_client(use_cookies=False))


@pytest.fixture
def signed_in(visitor):
    """What Ada holds where the application is deployed."""
    return visitor("POST", "/tokens", {"email": ADA, "password": PASSWORD}).json


# --- Errors say whose they are


def test_in_production_a_wrong_credential_is_401_and_no_500(visitor):
    tokens = ["", "nonsense", "eyJ.eyJ.x", "st_nonsense", "ut_nonsense", "x" * 5000]

    answers = [visitor("GET", "/users/me", token=token) for token in tokens]
    answers += [visitor("PUT", "/tokens", {"refresh_token": token}) for token in ("nonsense", "a.b.c", "é" * 3000)]
    answers += [visitor("POST", "/tokens", {"email": ADA, "password": "wrong"})]

    assert [answer.status_code for answer in answers] == [401] * 10
    assert all("Bearer" in answer.headers["WWW-Authenticate"] for answer in answers[:9])


def test_in_production_a_token_that_has_expired_or_was_ended_is_401_and_no_500(visitor, signed_in, clock):
    token = signed_in["access_token"]

    before = visitor("GET", "/users/me", token=token)
    visitor("DELETE", "/tokens", token=token)
    ended = visitor("GET", "/users/me", token=token)
    clock.shift(timedelta(hours=1))
    expired = visitor("GET", "/users/me", token=token)

    assert (before.status_code, ended.status_code, expired.status_code) == (200, 401, 401)
    assert (ended.json["code"], expired.json["code"]) == ("token-revoked", "token-expired")


def test_a_refresh_token_that_is_no_text_is_422_and_no_500(api):
    answers = [api("PUT", "/tokens", {"refresh_token": token}) for token in ("", "\u0000", 7, None, ["x"], {"a": 1})]

    assert {answer.status_code for answer in answers} == {422}


def test_in_production_a_fault_of_ours_is_500_and_shows_neither_sql_nor_what_was_sent(production, visitor):
    with data_of(production).database.transaction() as session:
        session.execute(text("DROP TABLE auth_events"))

    answer = visitor("POST", "/users", {"email": "eve@example.com", "password": PASSWORD})

    assert (answer.status_code, answer.json["code"]) == (500, "internal-error")
    told = answer.text.lower()
    assert not [word for word in ("sql", "insert", "argon2", "eve@", "auth_events", "operational") if word in told]


def test_an_outage_is_never_called_a_mistake_of_who_asks(production, visitor, signed_in):
    with data_of(production).database.transaction() as session:
        session.execute(text("DROP TABLE revoked_tokens"))

    answer = visitor("GET", "/users/me", token=signed_in["access_token"])

    assert answer.status_code >= 500
    assert "revoked_tokens" not in answer.text


# --- A token is its owner's, and one kind is not the other


def test_signing_out_ends_who_asks_and_nobody_whose_token_is_sent_along(make_user, sign_in):
    make_user(ADA)
    make_user(DAVE)
    ada, dave = sign_in(ADA), sign_in(DAVE)

    answer = dave("DELETE", "/tokens", {"refresh_token": ada.held["refresh_token"]})

    assert answer.status_code in (204, 415, 422)
    assert ada("GET", "/users/me").status_code == 200
    assert ada("PUT", "/tokens", {"refresh_token": ada.held["refresh_token"]}).status_code == 200


def test_a_refresh_gives_tokens_of_the_sign_in_that_it_belongs_to_whoever_else_asks(make_user, sign_in):
    ada_id = make_user(ADA).id
    make_user(DAVE)
    ada, dave = sign_in(ADA), sign_in(DAVE)

    answer = dave("PUT", "/tokens", {"refresh_token": ada.held["refresh_token"]})

    assert claims_of(answer.json["access_token"])["sub"] == str(ada_id)
    assert dave("GET", "/users/me").json["email"] == DAVE


def test_an_access_token_in_the_place_of_a_refresh_token_is_refused_and_ends_nothing(make_user, sign_in):
    make_user(ADA)
    ada = sign_in(ADA)

    answer = ada("PUT", "/tokens", {"refresh_token": ada.held["access_token"]})

    assert (answer.status_code, answer.json["code"]) == (401, "token-invalid")
    assert ada("PUT", "/tokens", {"refresh_token": ada.held["refresh_token"]}).status_code == 200


def test_signing_out_ends_the_refresh_token_as_well(make_user, sign_in, api):
    make_user(ADA)
    ada = sign_in(ADA)

    ada("DELETE", "/tokens")

    assert api("PUT", "/tokens", {"refresh_token": ada.held["refresh_token"]}).status_code == 401


def test_every_refresh_gives_another_refresh_token(make_user, sign_in):
    make_user(ADA)
    ada = sign_in(ADA)

    answer = ada("PUT", "/tokens", {"refresh_token": ada.held["refresh_token"]})

    assert answer.json["refresh_token"] != ada.held["refresh_token"]


def test_a_token_names_an_account_and_nothing_that_can_change_or_tells_who_it_is(make_user, sign_in):
    user = make_user(ADA, username="lovelace", first_name="Ada")
    held = sign_in(ADA).held

    said = [claims_of(held[name]) for name in ("access_token", "refresh_token")]

    assert [claims["sub"] for claims in said] == [str(user.id)] * 2
    assert not [word for word in (ADA, "lovelace", "Ada", '"user"') if word in json.dumps(said)]


@pytest.mark.parametrize("changed", ["secret_key", "jwt_secret_key"])
def test_changing_either_key_ends_every_token(app, settings, make_user, sign_in, changed):
    make_user(ADA)
    token = sign_in(ADA).token

    others = type(settings).load(root=settings.root, environ={}, mode="testing", **_keys(settings, changed))
    signer = accounts_of(create_app(others)).signer

    with pytest.raises(Exception, match="none of ours"):
        signer.read(token, "at+jwt")
    assert accounts_of(app).signer.read(token, "at+jwt")


def _keys(settings, changed):
    kept = {name: getattr(settings, name).get_secret_value() for name in ("secret_key", "jwt_secret_key")}
    return kept | {changed: "another-key-of-thirty-two-bytes-and-more-0123456789"}


# --- Accounts: one for each address, and what they are is not theirs to choose


def test_an_unknown_account_and_a_wrong_password_read_the_same(make_user, api):
    make_user(ADA)

    known, unknown = (api("POST", "/tokens", {"email": who, "password": "wrong"}) for who in (ADA, DAVE))

    assert known.status_code == unknown.status_code == 401
    assert {**known.json, "request_id": ""} == {**unknown.json, "request_id": ""}


def test_capitals_make_no_second_account(api, make_user, room):
    make_user("Ada@Example.com")

    api("POST", "/users", {"email": "ADA@EXAMPLE.COM", "password": PASSWORD})
    answer = api("POST", "/tokens", {"email": "aDA@eXAMPLE.com", "password": PASSWORD})

    with room.database.reading() as session:
        assert len(session.execute(select(room.users.c.id)).all()) == 1
    assert answer.status_code == 200


@pytest.mark.usefixtures("committed")
def test_two_who_sign_up_with_one_address_at_once_are_one_user_and_no_500(app, room, at_once):
    said = {"email": ADA, "password": PASSWORD, "username": "ada"}

    answers = [future.result() for future in at_once(lambda: Api(app.test_client())("POST", "/users", said), threads=4)]

    with room.database.reading() as session:
        assert len(session.execute(select(room.users.c.id)).all()) == 1
    assert {answer.status_code for answer in answers} <= {202, 422}


@pytest.mark.parametrize("name", ["role", "role_id", "is_admin"])
def test_nobody_signs_up_as_an_administrator(api, room, name):
    answer = api("POST", "/users", {"email": ADA, "password": PASSWORD, name: "admin"})

    assert answer.status_code == 422
    assert finding.by_address(room, ADA) is None


def test_an_administrator_can_be_made_and_is_one(make_user, room, sign_in):
    user = make_user(ADA)

    administering.set_role(room, user.id, "admin", caller=HERE)

    assert sign_in(ADA)("GET", "/admin/users").status_code == 200


def test_nobody_but_an_administrator_reads_of_others(make_user, sign_in):
    dave = make_user(DAVE)
    make_user(ADA)
    ada = sign_in(ADA)

    answers = [ada("GET", path) for path in (f"/users/{dave.id}", f"/admin/users/{dave.id}", "/admin/users", "/users")]

    assert [answer.status_code for answer in answers] == [404, 403, 403, 405]
    assert not [answer for answer in answers if DAVE in answer.text]


# --- Passwords and secrets are kept, and shown to nobody


def test_a_user_can_be_made_and_signed_in_on_two_devices_at_once(make_user, sign_in, room):
    make_user(ADA)

    devices = [sign_in(ADA, by=by) for by in ("/sessions", "/sessions", "/tokens")]

    assert [device("GET", "/users/me").status_code for device in devices] == [200] * 3
    with room.database.reading() as session:
        assert len(session.execute(select(SESSIONS.c.id)).all()) == 3


def test_the_same_password_is_kept_differently_for_each_user(api, room):
    for email in (ADA, DAVE):
        api("POST", "/users", {"email": email, "password": PASSWORD})

    ada, dave = (finding.by_address(room, email) for email in (ADA, DAVE))
    assert ada.password_hash != dave.password_hash


def test_a_hash_fits_its_column_with_room_for_dearer_ones_and_so_do_those_of_before(room):
    length = room.users.c.password_hash.type.length

    assert len(room.hasher.hash(PASSWORD)) + len("10 digits more") <= length
    assert len(generate_password_hash(PASSWORD)) <= length


def test_what_is_secret_about_a_user_is_in_no_answer_and_in_no_repr(make_user, sign_in, room):
    ada = make_user(ADA, role="admin")
    me = sign_in(ADA, by="/sessions")

    shown = "".join(
        me("GET", path).text for path in ("/users/me", "/admin/users", f"/admin/users/{ada.id}", "/sessions")
    )
    with room.database.reading() as session:
        shown += repr(session.get(User, ada.id))

    secrets = ["password", "argon2", "token_version", "email_normalized", "session_token", "update_token"]
    assert ADA in shown
    assert [word for word in secrets if word in shown] == []
