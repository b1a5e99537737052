"""Redis is asked about access tokens alone: who holds none is signed out, and shut out, while it is away."""

from dataclasses import replace

import pytest

from carboy.accounts import administering
from carboy.accounts.revocation.redis import RedisStore
from carboy.accounts.room import HERE

REDIS_IS_AWAY = {"blacklist_storage_type": "redis", "redis_url": "redis://127.0.0.1:1/0"}


@pytest.mark.settings(**REDIS_IS_AWAY)
def test_who_has_no_access_token_is_shut_out(make_user, sign_in, room):
    ada = make_user()
    program = sign_in(by="/sessions")

    administering.set_active(room, ada.id, False, caller=HERE)

    assert program("GET", "/users/me").status_code == 401


@pytest.mark.settings(jwt_refresh_reuse_grace=0)
def test_a_stolen_refresh_token_ends_its_sign_in_all_the_same(app, api, room, make_user, sign_in, clock, caplog):
    make_user()
    ada = sign_in()
    stolen = {"refresh_token": ada.held["refresh_token"]}
    api("PUT", "/tokens", stolen)
    clock.shift(1)
    away = RedisStore(REDIS_IS_AWAY["redis_url"])
    app.extensions["carboy.accounts"] = replace(room, choose_store=lambda _database: away)

    answer = api("PUT", "/tokens", stolen)

    app.extensions["carboy.accounts"] = room
    assert (answer.status_code, answer.json["code"]) == (401, "refresh-reused")
    assert ada("GET", "/users/me").json["code"] == "token-revoked"
    assert [record.levelname for record in caplog.records if "by its row alone" in record.message] == ["CRITICAL"]
