"""Many who show one token at the same moment: a retry is no theft, and a theft is found out."""

import pytest

from carboy.accounts import known
from carboy.accounts.refusals import RefreshReused, TokenInvalid, TokenRevoked, UpdateTokenReused
from carboy.accounts.table import REFRESH_TOKENS, Kind

MANY = 12


def test_s29_twelve_refreshes_of_one_token_give_one_successor_to_all_and_the_sign_in_lives(
    make_user, begin, refresh, room, at_once, count, stored
):
    first = begin(make_user())

    answers = [future.result() for future in at_once(lambda: refresh(first), threads=MANY)]

    assert len({answer.refresh_token for answer in answers}) == 1
    assert count(REFRESH_TOKENS.c.session_id == first.session_id) == 2
    assert stored(first).revoked_at is None
    assert {known.by_access_token(room, answer.access_token).session_id for answer in answers} == {first.session_id}
    assert refresh(answers[0]).refresh_token != answers[0].refresh_token


def test_s28_a_token_shown_again_after_the_grace_ends_the_sign_in_and_the_refusal_undoes_nothing(
    make_user, begin, refresh, room, clock, stored
):
    first = begin(make_user())
    second = refresh(first)
    clock.shift(room.policy.reuse_grace.total_seconds() + 1)

    with pytest.raises(RefreshReused), room.database.transaction():  # as a request has one around it
        refresh(first)

    assert stored(first).revoked_reason == "refresh-reuse"
    with pytest.raises(TokenRevoked):
        refresh(second)
    with pytest.raises(TokenRevoked):
        known.by_access_token(room, second.access_token)


def test_s28_a_token_whose_successor_was_used_is_no_retry_however_soon_it_comes(make_user, begin, refresh, stored):
    first = begin(make_user())
    refresh(refresh(first))

    with pytest.raises(RefreshReused):
        refresh(first)

    assert stored(first).revoked_reason == "refresh-reuse"


def test_twelve_replays_after_the_grace_are_all_refused(make_user, begin, refresh, room, clock, at_once, stored):
    first = begin(make_user())
    refresh(first)
    clock.shift(room.policy.reuse_grace.total_seconds() + 1)

    refusals = [type(future.exception()) for future in at_once(lambda: refresh(first), threads=MANY)]

    assert sorted(refusals, key=str) == [RefreshReused] + [TokenRevoked] * (MANY - 1)
    assert stored(first).revoked_reason == "refresh-reuse"


def test_of_twelve_renewals_of_one_pair_one_is_answered_and_the_others_end_the_sign_in(
    make_user, begin, renew, room, at_once, stored
):
    first = begin(make_user(), Kind.API)

    futures = at_once(lambda: renew(first), threads=MANY)

    [pair] = [future.result() for future in futures if not future.exception()]
    refusals = [type(future.exception()) for future in futures if future.exception()]
    assert sorted(refusals, key=str) == [TokenRevoked] * (MANY - 2) + [UpdateTokenReused]
    assert stored(first).revoked_reason == "update-reuse"
    with pytest.raises(TokenInvalid):
        known.by_token(room, first.session_token, Kind.API)
    with pytest.raises(TokenRevoked):
        known.by_token(room, pair.session_token, Kind.API)
