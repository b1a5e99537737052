"""The first token after a store began, or began anew.

It runs what docs/how-to/revocation.md shows.
"""

from dataclasses import replace

import pytest

from carboy.accounts import known, signing_in
from carboy.accounts.finding import Login
from carboy.accounts.refusals import TokenRevoked
from carboy.accounts.room import HERE
from carboy.accounts.table import Kind


@pytest.fixture
def sign_in(room, make_user, make_redis_store):
    """Sign in to the same accounts, whose ended tokens are in Redis: gives the room and an access token."""
    make_user()
    with_redis = replace(room, choose_store=lambda _database: make_redis_store())

    def sign():
        ada, password = Login(email="ada@example.com"), "correct horse battery staple"
        held = signing_in.log_in(with_redis, ada, password, kind=Kind.JWT, caller=HERE)
        return with_redis, held.access_token

    return sign


def test_who_signs_in_first_of_all_is_taken(sign_in):
    room, token = sign_in()

    assert known.by_access_token(room, token).kind is Kind.JWT


def test_who_signs_in_first_after_redis_lost_its_data_is_taken_and_who_did_before_is_not(sign_in, client, prefix):
    _, older = sign_in()
    client.delete(f"{prefix}:carboy:revoked:epoch")

    room, token = sign_in()

    assert known.by_access_token(room, token).kind is Kind.JWT
    with pytest.raises(TokenRevoked):
        known.by_access_token(room, older)
