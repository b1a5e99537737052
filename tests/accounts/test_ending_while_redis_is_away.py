"""Redis is asked about access tokens alone: who holds none is signed out, and shut out, while it is away."""

import pytest

from carboy.accounts import administering
from carboy.accounts.room import HERE

pytestmark = pytest.mark.settings(blacklist_storage_type="redis", redis_url="redis://127.0.0.1:1/0")


def test_a_program_with_tokens_of_ours_signs_out(make_user, sign_in):
    make_user()
    program = sign_in(by="/sessions")

    assert program("DELETE", "/sessions/current").status_code == 204
    assert program("GET", "/users/me").status_code == 401


def test_who_has_no_access_token_is_shut_out(make_user, sign_in, room):
    ada = make_user()
    program = sign_in(by="/sessions")

    administering.set_active(room, ada.id, False, caller=HERE)

    assert program("GET", "/users/me").status_code == 401
