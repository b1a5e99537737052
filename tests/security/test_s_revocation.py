"""Tokens end when their sign-in ends, and are good once where once is enough."""

import time
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from sign_in_fixtures import PASSWORD
from sqlalchemy import update

from carboy.accounts import administering, changing, mailed
from carboy.accounts.revocation.redis import RedisStore
from carboy.accounts.room import HERE
from carboy.accounts.table import SESSIONS, Purpose

NEW = "monkey lantern orbit sleeve"
REDIS_IS_AWAY = {"blacklist_storage_type": "redis", "redis_url": "redis://127.0.0.1:1/0"}


@pytest.fixture
def ada(make_user, sign_in):
    """Ada, who has signed in by JWT."""
    make_user()
    return sign_in()


@pytest.fixture
def on_redis(app, room, redis_server):
    """Keep what is ended in Redis, and give the Redis."""
    from redis import Redis

    url = redis_server.replace("/0", "/9")
    app.extensions["carboy.accounts"] = replace(room, choose_store=lambda _database: RedisStore(url))
    with Redis.from_url(url) as redis:
        redis.flushdb()
        app.extensions["carboy.accounts"].store.check()
        yield redis


def said_by(token):
    """The claims of a token."""
    return jwt.decode(token, options={"verify_signature": False})


def test_s27_a_sign_out_is_seen_at_once(ada, sign_in, api):
    """S27: the access token, the refresh token and nobody else's."""
    other = sign_in()

    assert ada("DELETE", "/tokens").status_code == 204

    after = ada("GET", "/users/me")
    assert (after.status_code, after.json["code"]) == (401, "token-revoked")
    assert api("PUT", "/tokens", {"refresh_token": ada.held["refresh_token"]}).status_code == 401
    assert other("GET", "/users/me").status_code == 200


def test_s27_a_token_ends_by_its_name_alone(ada, room):
    """S27: whatever the row of its sign-in says."""
    ada("DELETE", "/tokens")
    with room.database.transaction() as session:
        session.execute(update(SESSIONS).values(revoked_at=None))

    assert ada("GET", "/users/me").status_code == 401


def test_s28_a_refresh_token_shown_again_ends_the_sign_in(ada, api, clock):
    """S28: whoever has the next one is out as well."""
    first = ada.held["refresh_token"]
    following = api("PUT", "/tokens", {"refresh_token": first}).json
    clock.shift(11)

    again = api("PUT", "/tokens", {"refresh_token": first})

    assert (again.status_code, again.json["code"]) == (401, "refresh-reused")
    assert api("PUT", "/tokens", {"refresh_token": following["refresh_token"]}).status_code == 401
    assert api("GET", "/users/me", token=following["access_token"]).status_code == 401
    assert ada("GET", "/users/me").status_code == 401


def test_s28_within_the_grace_a_used_one_gives_the_same_next_one(ada, api):
    """S28: an answer can get lost; nothing forks."""
    answers = [api("PUT", "/tokens", {"refresh_token": ada.held["refresh_token"]}).json for _ in range(2)]

    assert answers[0]["refresh_token"] == answers[1]["refresh_token"]
    assert api("GET", "/users/me", token=answers[1]["access_token"]).status_code == 200


def test_s28_the_one_before_the_last_has_no_grace(ada, api):
    """S28: once the next one was used, an older one is a theft, however soon it comes."""
    first = ada.held["refresh_token"]
    second = api("PUT", "/tokens", {"refresh_token": first}).json["refresh_token"]
    third = api("PUT", "/tokens", {"refresh_token": second}).json

    again = api("PUT", "/tokens", {"refresh_token": first})

    assert (again.status_code, again.json["code"]) == (401, "refresh-reused")
    assert api("GET", "/users/me", token=third["access_token"]).status_code == 401


def change_password(ada, user, room):
    changed = ada("PATCH", "/users/me/password", {"current_password": PASSWORD, "password": NEW})
    assert changed.status_code == 200


def reset_password(ada, user, room):
    with room.database.transaction() as session:
        token = mailed.draw(session, user, Purpose.RESET_PASSWORD, to=user.email, lifetime=timedelta(hours=1))
    changing.reset_password(room, token, NEW, caller=HERE)


def shut_out(ada, user, room):
    administering.set_active(room, user.id, False, caller=HERE)


def sign_out_everywhere(ada, user, room):
    administering.end_sessions(room, user.id, caller=HERE)


def delete(ada, user, room):
    assert ada("DELETE", "/users/me").status_code == 204


@pytest.mark.parametrize("ends", [change_password, reset_password, shut_out, sign_out_everywhere, delete])
def test_s30_what_ends_tokens_ends_them_all(make_user, sign_in, room, api, ends):
    """S30: another device's access and refresh tokens, at its next request."""
    user = make_user()
    ada, phone, program = sign_in(), sign_in(), sign_in(by="/sessions")

    ends(ada, user, room)

    assert phone("GET", "/users/me").status_code == 401
    assert api("PUT", "/tokens", {"refresh_token": phone.held["refresh_token"]}).status_code == 401
    assert program("GET", "/users/me").status_code == 401
    assert api("PUT", "/sessions/current", token=program.held["update_token"]).status_code == 401
    assert api("PUT", "/tokens", {"refresh_token": ada.held["refresh_token"]}).status_code == 401


def test_s30_a_shut_out_user_stays_out_until_they_sign_in_again(make_user, sign_in, room):
    """S30: being let in again revives no token."""
    user = make_user()
    ada = sign_in()
    administering.set_active(room, user.id, False, caller=HERE)

    administering.set_active(room, user.id, True, caller=HERE)

    assert ada("GET", "/users/me").status_code == 401
    assert sign_in()("GET", "/users/me").status_code == 200


def test_s30_the_version_of_the_user_ends_tokens_by_itself(ada, room):
    """S30: whatever became of the list of revoked ones."""
    with room.database.transaction() as session:
        session.execute(room.users.update().values(token_version=room.users.c.token_version + 1))

    assert ada("GET", "/users/me").status_code == 401


def test_s31_while_revocation_cannot_be_looked_up_nobody_gets_in(app, room, ada):
    """S31: 503 with a time to come back, at once."""
    away = RedisStore(REDIS_IS_AWAY["redis_url"])
    app.extensions["carboy.accounts"] = replace(room, choose_store=lambda _database: away)
    begun = time.perf_counter()

    answer = ada("GET", "/users/me")

    assert time.perf_counter() - begun < 1
    assert (answer.status_code, answer.json["code"]) == (503, "revocation-unavailable")
    assert answer.content_type == "application/problem+json"
    assert int(answer.headers["Retry-After"]) >= 1


def test_s31_an_end_that_cannot_be_told_is_not_said_to_be_done(app, room, ada, sign_in):
    """S31: whoever signs a JWT out is told, and nothing is half done."""
    program = sign_in(by="/sessions")
    away = RedisStore(REDIS_IS_AWAY["redis_url"])
    app.extensions["carboy.accounts"] = replace(room, choose_store=lambda _database: away)

    answer = program("DELETE", "/sessions")

    app.extensions["carboy.accounts"] = room
    assert answer.status_code == 503
    assert ada("GET", "/users/me").status_code == 200


@pytest.mark.settings(**REDIS_IS_AWAY)
def test_s31_a_pair_of_tokens_is_signed_out_all_the_same(make_user, sign_in):
    """S31: what its row says of it is in the database alone."""
    make_user()
    program = sign_in(by="/sessions")

    answer = program("DELETE", "/sessions/current")

    assert answer.status_code == 204
    assert program("GET", "/users/me").status_code == 401


def test_s32_a_revocation_survives_the_loss_of_redis(on_redis, ada, sign_in):
    """S32: what was ended stays so when Redis has forgotten it."""
    ada("DELETE", "/tokens")

    on_redis.flushdb()

    assert ada("GET", "/users/me").status_code == 401


def test_s32_after_the_loss_everybody_signs_in_anew(on_redis, ada, sign_in):
    """S32: nobody knows any more who was out, so nobody is in; a new sign-in works."""
    on_redis.flushdb()

    assert ada("GET", "/users/me").status_code == 401
    assert sign_in()("GET", "/users/me").status_code == 200


def test_s36_refreshing_has_an_end(ada, api, room, clock):
    """S36: a sign-in that is refreshed daily ends all the same."""
    held, days = ada.held, 0

    while (answer := api("PUT", "/tokens", {"refresh_token": held["refresh_token"]})).status_code == 200:
        held, days = answer.json, days + 1
        assert days < 40
        clock.shift(86400)

    assert days == room.policy.session_absolute_lifetime.days
    assert answer.status_code == 401
    assert api("GET", "/users/me", token=held["access_token"]).status_code == 401


def test_s36_no_token_says_that_it_outlives_its_sign_in(ada, api, clock):
    """S36: near its end a new token ends with it."""
    absolute_end = said_by(ada.token)["iat"] + 30 * 86400
    held = ada.held
    for _ in range(5):
        clock.shift(5.9 * 86400)
        held = api("PUT", "/tokens", {"refresh_token": held["refresh_token"]}).json

    clock.shift(0.5 * 86400 - 60)
    last = api("PUT", "/tokens", {"refresh_token": held["refresh_token"]}).json

    ends = [said_by(last[name])["exp"] for name in ("access_token", "refresh_token")]
    assert max(ends) <= absolute_end
