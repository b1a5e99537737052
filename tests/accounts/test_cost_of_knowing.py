"""Knowing who asks takes one statement, which finds the sign-in, its user and whether the token was ended."""

from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256

import pytest
from sqlalchemy import Engine, event

from carboy.accounts import finding, sessions
from carboy.accounts.authenticators import IN_THE_SESSION
from carboy.accounts.revocation.redis import RedisStore
from carboy.accounts.room import HERE
from carboy.accounts.table import Kind

ASKS_NOTHING_ELSE = "/tokens"  # it shows what the authenticator found

pytestmark = pytest.mark.usefixtures("committed")


@contextmanager
def statements():
    """Collect what is sent to any database meanwhile."""
    sent = []

    def note(_connection, _cursor, statement, *_):
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("by", ["/tokens", "/sessions"], ids=["a JWT", "a session token"])
def test_whoever_shows_a_token_costs_one_statement(make_user, sign_in, by):
    make_user()
    ada = sign_in(by=by)
    assert ada("GET", ASKS_NOTHING_ELSE).status_code == 200

    with statements() as sent:
        answer = ada("GET", ASKS_NOTHING_ELSE)

    assert answer.status_code == 200
    assert len(sent) == 1, sent
    assert all(table in sent[0] for table in ("sessions", "users"))


def test_where_ended_tokens_are_in_the_database_the_one_statement_asks_for_them_too(make_user, sign_in):
    make_user()
    ada = sign_in()

    with statements() as sent:
        ada("GET", ASKS_NOTHING_ELSE)

    assert "revoked_tokens" in sent[-1]


def test_where_they_are_in_redis_it_is_one_statement_and_one_question_to_redis(
    app, room, make_user, sign_in, redis_server
):
    store = RedisStore(redis_server, "costs")
    app.extensions["carboy.accounts"] = replace(room, choose_store=lambda _database: store)
    make_user()
    ada = sign_in()
    ada("GET", ASKS_NOTHING_ELSE)
    questions = store._redis.info("commandstats")["cmdstat_mget"]["calls"]

    with statements() as sent:
        answer = ada("GET", ASKS_NOTHING_ELSE)

    assert answer.status_code == 200
    assert len(sent) == 1, sent
    assert store._redis.info("commandstats")["cmdstat_mget"]["calls"] == questions + 1


def test_a_browser_that_is_signed_in_costs_one_statement_more_than_one_that_is_not(client, room, make_user):
    user = make_user()
    with room.database.transaction() as session:
        held = sessions.begin(room, session, finding.by_id(room, user.id), kind=Kind.BROWSER, caller=HERE)
    client.get("/")
    with statements() as of_a_stranger:
        client.get("/")
    with client.session_transaction() as cookie:
        cookie[IN_THE_SESSION] = held.session_token

    with statements() as sent:
        client.get("/")

    assert len(sent) - len(of_a_stranger) == 1, sent


@pytest.mark.settings(api_keys=(f"robot={sha256(b'ck_robot').hexdigest()}",))
def test_a_machine_and_a_stranger_cost_none(client):
    client.get("/api/v1/calculator/add?a=1&b=2")

    for headers in ({"X-API-Key": "ck_robot"}, {}):
        with statements() as sent:
            answer = client.get("/api/v1/calculator/add?a=1&b=2", headers=headers)

        assert answer.status_code == 200
        assert sent == []
