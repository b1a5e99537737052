"""The store that forgets with its process: what it cannot know, it refuses."""

from datetime import timedelta

import time_machine

from carboy.accounts.revocation.memory import MemoryStore
from carboy.context import utc_now


def test_a_restart_refuses_every_token_from_before(key, in_an_hour):
    issued_at = utc_now()
    MemoryStore().revoke([key], in_an_hour)

    restarted = MemoryStore()

    assert restarted.is_revoked([key], issued_at)


def test_a_token_issued_right_after_the_start_counts(key):
    store = MemoryStore()

    assert not store.is_revoked([key], utc_now())


def test_more_than_it_can_hold_refuses_all_tokens_until_then_and_revives_none(in_an_hour):
    store = MemoryStore(most=3)
    issued_at = utc_now()

    for key in "abcd":
        store.revoke([key], in_an_hour)

    assert [store.is_revoked([key], issued_at) for key in "abcd"] == [True] * 4
    assert not store.is_revoked(["e"], utc_now())


def test_one_key_prolonged_again_and_again_cannot_fill_it(in_an_hour):
    store = MemoryStore(most=3)
    issued_at = utc_now()

    for minutes in range(9):
        store.revoke(["a"], in_an_hour + timedelta(minutes=minutes))

    assert len(store._due) <= 4
    assert store.is_revoked(["a"], issued_at)


def test_who_revokes_forgets_what_has_ended(in_an_hour):
    store = MemoryStore()
    store.revoke(["a", "b"], in_an_hour)

    with time_machine.travel(in_an_hour + timedelta(minutes=2)):
        store.revoke(["c"], utc_now())

        assert store.purge() == 0
        assert not store.is_revoked(["a"], utc_now())
