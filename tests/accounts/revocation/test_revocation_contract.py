"""What every store of revoked tokens keeps, whatever it is made of."""

import uuid
from datetime import timedelta

import pytest

from carboy.accounts.revocation.database import DatabaseStore
from carboy.context import utc_now

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture(params=["memory", "redis", "sqlite", "postgresql", "mariadb"])
def kind(request):
    return request.param


@pytest.fixture
def store(kind, request):
    if kind in ("memory", "redis"):
        return request.getfixturevalue(f"{kind}_store")
    return DatabaseStore(request.getfixturevalue("empty_database")(kind))


@pytest.fixture
def knows_until(store, kind, request):
    """Whether the store will still know a key at a later moment, purged as often as anybody likes."""

    def look(key, moment):
        if kind == "redis":
            return request.getfixturevalue("left")(key) > (moment - utc_now()).total_seconds()
        store.purge(moment)
        return store.is_revoked([key], utc_now())

    return look


def test_what_was_revoked_is_revoked(store, key, in_an_hour):
    store.revoke([key], in_an_hour, "logout")

    assert store.is_revoked([key], utc_now())


def test_what_nobody_revoked_is_not(store, key, in_an_hour):
    store.revoke([f"sid:{uuid.uuid4()}"], in_an_hour)

    assert not store.is_revoked([key], utc_now())


def test_one_revoked_key_of_several_suffices(store, key, in_an_hour):
    store.revoke([key], in_an_hour)

    assert store.is_revoked([f"jti:{uuid.uuid4()}", key], utc_now())


def test_several_keys_are_revoked_at_once(store, key, in_an_hour):
    other = f"sid:{uuid.uuid4()}"

    store.revoke([key, other, key], in_an_hour)

    assert store.is_revoked([key], utc_now())
    assert store.is_revoked([other], utc_now())


def test_no_keys_at_all_are_not_revoked(store, in_an_hour):
    store.revoke([], in_an_hour)

    assert not store.is_revoked([], utc_now())


def test_revoking_twice_is_revoking_once(store, key, in_an_hour):
    store.revoke([key], in_an_hour)
    store.revoke([key], in_an_hour)

    assert store.is_revoked([key], utc_now())


def test_a_shorter_life_never_shortens_a_longer_one(store, key, in_an_hour, knows_until):
    store.revoke([key], in_an_hour)

    store.revoke([key], utc_now() + SECOND)

    assert knows_until(key, in_an_hour)


def test_a_longer_life_lasts(store, key, in_an_hour, knows_until):
    store.revoke([key], utc_now() + SECOND)

    store.revoke([key], in_an_hour)

    assert knows_until(key, in_an_hour)


def test_a_key_is_known_a_minute_longer_than_its_token_lives(store, key, in_an_hour, knows_until):
    store.revoke([key], in_an_hour)

    assert knows_until(key, in_an_hour + 55 * SECOND)
    assert not knows_until(key, in_an_hour + 65 * SECOND)


def test_a_token_that_has_just_ended_can_be_revoked_all_the_same(store, key):
    store.revoke([key], utc_now() - HOUR)

    assert store.is_revoked([key], utc_now())


def test_purging_forgets_what_has_ended_and_nothing_else(store, kind, key, in_an_hour):
    ended = [f"jti:{uuid.uuid4()}" for _ in range(3)]
    store.revoke([key], in_an_hour)
    store.revoke(ended, utc_now() + MINUTE)

    forgotten = store.purge(utc_now() + 3 * MINUTE)

    assert forgotten == (0 if kind == "redis" else 3)  # which forgets by itself
    assert store.is_revoked([key], utc_now())


def test_many_may_revoke_one_key_at_the_same_moment(store, key, in_an_hour, at_once, knows_until):
    lives = iter([in_an_hour, *(utc_now() + n * SECOND for n in range(7))])

    for future in at_once(lambda: store.revoke([key, "sid:of-all"], next(lives)), threads=8):
        future.result()

    assert knows_until(key, in_an_hour)


def test_a_store_that_can_be_reached_passes_its_check(store):
    assert store.check() is None
