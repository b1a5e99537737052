"""Sign-ins with a pair of tokens of ours, and the list of all sign-ins of a user."""

from datetime import UTC, datetime, timedelta

import pytest
from sign_in_fixtures import PASSWORD

from carboy.accounts import opaque
from carboy.accounts.events import session_revoked

ADA, EVE = "ada@example.com", "eve@example.com"
CREDENTIALS = {"email": ADA, "password": PASSWORD}
A_DAY = 86400


@pytest.fixture
def ada(make_user, sign_in):
    """Ada, who has signed in with a pair of tokens."""
    make_user()
    return sign_in(by="/sessions")


def renew(api, held):
    """Use up an update token."""
    return api("PUT", "/sessions/current", token=held["update_token"])


def status(api, token):
    """What is answered to whoever asks with this token."""
    return api("GET", "/users/me", token=token).status_code


def test_s37_a_pair_lasts_as_long_as_it_says(ada):
    """S37: seven days from now."""
    ends = datetime.fromisoformat(ada.held["expires_at"])

    assert abs(ends - datetime.now(UTC) - timedelta(days=7)) < timedelta(seconds=60)


def test_s37_tokens_are_256_random_bits(ada):
    """S37: none of a thousand comes twice, and every sign of every place is used."""
    tokens = {opaque.draw(opaque.SESSION) for _ in range(1000)} | {ada.held["session_token"]}

    assert len(tokens) == 1001
    assert all(len(token.removeprefix("st_")) * 6 >= 256 for token in tokens)
    places = zip(*(token.removeprefix("st_")[:42] for token in tokens), strict=True)
    assert all(len(set(signs)) > 55 for signs in places)


def test_s38_a_session_token_renews_nothing(ada, api):
    """S38: and the sign-in goes on."""
    answer = api("PUT", "/sessions/current", token=ada.held["session_token"])

    assert answer.status_code == 401
    assert ada("GET", "/users/me").status_code == 200


def test_s38_an_update_token_opens_nothing(ada, api):
    """S38: no view of the API but its own renewal."""
    token = ada.held["update_token"]
    asked = [("GET", "/users/me"), ("GET", "/sessions"), ("DELETE", "/sessions/current"), ("GET", "/tokens")]

    answers = [api(method, path, token=token) for method, path in asked]

    assert {answer.status_code for answer in answers} == {401}
    assert renew(api, ada.held).status_code == 200


def test_s38_neither_is_taken_for_a_jwt(ada, api):
    """S38: nor a JWT for one of them."""
    answers = [api("PUT", "/tokens", {"refresh_token": token}) for token in (ada.token, ada.held["update_token"])]
    answers.append(api("PUT", "/sessions/current", token=api("POST", "/tokens", CREDENTIALS).json["refresh_token"]))

    assert {answer.status_code for answer in answers} == {401}


def test_s39_a_renewed_pair_makes_the_old_one_worthless(ada, api):
    """S39: the new one is good, and the old session token is not."""
    new = renew(api, ada.held).json

    assert status(api, ada.held["session_token"]) == 401
    assert status(api, new["session_token"]) == 200
    assert renew(api, new).status_code == 200


def test_s39_an_update_token_that_is_shown_again_ends_the_sign_in(ada, api):
    """S39: whoever has the new pair is out as well."""
    new = renew(api, ada.held).json

    again = renew(api, ada.held)

    assert (again.status_code, again.json["code"]) == (401, "update-token-reused")
    assert status(api, new["session_token"]) == 401
    assert renew(api, new).status_code == 401


def test_s40_a_pair_ends_when_it_says(ada, api, clock):
    """S40: although its row is there; it can still be renewed."""
    clock.shift(7 * A_DAY + 1)

    answer = ada("GET", "/users/me")

    assert (answer.status_code, answer.json["code"]) == (401, "token-expired")
    assert status(api, renew(api, ada.held).json["session_token"]) == 200


def test_s40_using_it_makes_it_no_longer(ada, clock):
    """S40: a program renews its pair, and nothing else does."""
    for _ in range(6):
        clock.shift(A_DAY)
        assert ada("GET", "/users/me").status_code == 200

    clock.shift(A_DAY + 1)

    assert ada("GET", "/users/me").status_code == 401


def test_s40_renewing_has_an_end(ada, api, clock):
    """S40: thirty days after the password was typed."""
    held = ada.held
    for _ in range(5):
        clock.shift(5.9 * A_DAY)
        held = renew(api, held).json

    clock.shift(0.5 * A_DAY + 1)

    assert status(api, held["session_token"]) == 401
    assert renew(api, held).status_code == 401


def test_s41_the_list_of_sign_ins_shows_no_token(browser, ada, sign_in):
    """S41: browsers, programs and JWTs are in it, and one of them is the one that asks."""
    jwt = sign_in(by="/tokens")
    browser.send("/login", **CREDENTIALS)

    listed = ada("GET", "/sessions")

    items = listed.json["items"]
    assert {item["kind"] for item in items} == {"browser", "api", "jwt"}
    assert [item["id"] for item in items if item["current"]] == [ada.held["id"]]
    secrets = [ada.held["session_token"], ada.held["update_token"], jwt.token, jwt.held["refresh_token"]]
    assert not [secret for secret in secrets if secret in listed.text or opaque.digest(secret) in listed.text]
    assert not [name for item in items for name in item if "token" in name or "hash" in name]


def test_s41_nobody_else_is_in_the_list(ada, make_user, sign_in):
    """S41: it is of whoever asks."""
    make_user(EVE)

    listed = sign_in(EVE)("GET", "/sessions").json["items"]

    assert len(listed) == 1
    assert ada.held["id"] not in {item["id"] for item in listed}


def test_s42_nobody_ends_somebody_else_s_sign_in(ada, make_user, sign_in):
    """S42: it reads as one that is not there, to an administrator as well."""
    make_user(EVE, role="admin")
    eve = sign_in(EVE)

    theirs = eve("DELETE", f"/sessions/{ada.held['id']}")
    none = eve("DELETE", "/sessions/01890000-0000-7000-8000-000000000000")
    eve("DELETE", "/sessions")

    assert theirs.status_code == none.status_code == 404
    assert theirs.json["detail"] == none.json["detail"]
    assert ada("GET", "/users/me").status_code == 200


@pytest.mark.parametrize("form", ["/sessions", "/tokens"])
def test_s43_a_sign_in_that_was_ended_elsewhere_is_out_at_its_next_request(committed, make_user, sign_in, form):
    """S43: in whatever form; and whoever listens, a socket, is told."""
    make_user()
    laptop, phone = sign_in(), sign_in(by=form)
    its_id = next(item["id"] for item in phone("GET", "/sessions").json["items"] if item["current"])
    told = []
    listener = session_revoked.connect(lambda _room, **said: told.append(str(said["session_id"])), weak=False)

    try:
        ended = laptop("DELETE", f"/sessions/{its_id}")
    finally:
        session_revoked.disconnect(listener)

    assert ended.status_code == 204
    assert phone("GET", "/users/me").status_code == 401
    assert laptop("GET", "/users/me").status_code == 200
    assert told == [its_id]


def test_s43_all_others_can_be_ended_at_once(ada, sign_in, api):
    """S43: and the one that asks goes on."""
    phone, tablet = sign_in(by="/tokens"), sign_in(by="/sessions")

    assert ada("DELETE", "/sessions").status_code == 204

    assert [who("GET", "/users/me").status_code for who in (ada, phone, tablet)] == [200, 401, 401]
    assert renew(api, tablet.held).status_code == 401
