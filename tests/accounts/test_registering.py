"""Signing up tells nobody whether an address has an account, and lets nobody choose what only others may give."""

import pytest
from sign_in_fixtures import PASSWORD

from carboy.accounts import finding

ADA = {"email": "ada@example.com", "password": "correct horse battery staple"}


def ada_in(room):
    return finding.by_address(room, ADA["email"])


def sign_up(api, **said):
    return api("POST", "/users", ADA | said)


def test_whoever_signs_up_is_a_user_whose_address_waits_to_be_confirmed(api, room):
    answer = sign_up(api, email=" Ada@Example.COM ", first_name="Ada", time_zone="Europe/London")

    user = ada_in(room)
    assert answer.status_code == 202
    assert (user.email, user.first_name, user.time_zone) == ("Ada@example.com", "Ada", "Europe/London")
    assert (user.role, user.is_active, user.confirmed_at) == ("user", True, None)


def test_a_taken_address_is_answered_with_the_same_bytes_and_its_owner_is_told(api, room, jobs, outbox):
    first = sign_up(api)
    again = sign_up(api, email="ADA@example.com", first_name="Eve")
    jobs.drain()

    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert ada_in(room).first_name == ""
    assert "already have an account" in outbox.to("ada@example.com").subject


def test_a_taken_user_name_is_refused_at_its_field_in_any_spelling(api, make_user):
    make_user("grace@example.com", username="grace")

    answer = sign_up(api, username="GRACE")

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/username"]


def test_a_taken_user_name_is_told_alike_whether_or_not_the_address_is_taken(api, make_user):
    make_user("grace@example.com", username="grace")

    known, unknown = (
        sign_up(api, username="grace", email=address) for address in ("grace@example.com", "x@example.com")
    )

    assert (known.status_code, known.json["errors"]) == (unknown.status_code, unknown.json["errors"])


@pytest.mark.settings(require_confirmed_email=True)
def test_a_name_is_taken_once_its_address_is_confirmed_and_not_before(api, room, link):
    sign_up(api, username="ada")
    waiting = ada_in(room)
    rival = sign_up(api, username="ada", email="rival@example.com")
    confirmed = api("PUT", "/email-confirmations", {"token": link("ada@example.com")})

    late = sign_up(api, username="ada", email="late@example.com")

    assert (waiting.username, waiting.wished_username) == (None, "ada")
    assert (rival.status_code, confirmed.status_code, late.status_code) == (202, 204, 422)
    assert (ada_in(room).username, ada_in(room).wished_username) == ("ada", None)


@pytest.mark.settings(require_confirmed_email=True)
def test_a_name_that_is_taken_meanwhile_keeps_nobody_from_confirming(api, room, link, make_user):
    sign_up(api, username="ada")
    make_user("rival@example.com", username="ada")

    answer = api("PUT", "/email-confirmations", {"token": link("ada@example.com")})

    assert answer.status_code == 204
    assert ada_in(room).username is None
    assert ada_in(room).confirmed_at


@pytest.mark.settings(require_confirmed_email=True)
def test_trying_names_with_a_known_and_an_unknown_address_tells_nothing_of_the_address(api, make_user):
    make_user("grace@example.com")

    for address in ("grace@example.com", "nobody@example.com"):
        sign_up(api, username="lovelace", email=address)
    answer = sign_up(api, username="lovelace", email="third@example.com")

    assert answer.status_code == 202


@pytest.mark.settings(require_confirmed_email=True)
def test_where_addresses_are_confirmed_nobody_signs_in_before(api, link):
    sign_up(api)
    before = api("POST", "/tokens", ADA)
    api("PUT", "/email-confirmations", {"token": link("ada@example.com")})

    assert before.status_code == 401
    assert api("POST", "/tokens", ADA).status_code == 200


def test_the_mail_to_confirm_is_sent_again_to_who_waits_and_the_link_before_is_dead(api, link, room):
    sign_up(api)
    first = link("ada@example.com")
    asked = api("POST", "/email-confirmations", {"email": "ada@example.com"})
    second = link("ada@example.com")

    old, new = (api("PUT", "/email-confirmations", {"token": token}) for token in (first, second))

    assert (asked.status_code, old.status_code, new.status_code) == (202, 400, 204)
    assert ada_in(room).confirmed_at


def test_a_confirmation_is_sent_to_nobody_who_is_confirmed_or_unknown_and_answered_alike(api, make_user, jobs, outbox):
    make_user()

    known, unknown = (api("POST", "/email-confirmations", {"email": f"{who}@example.com"}) for who in ("ada", "eve"))
    jobs.drain()

    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)
    assert list(outbox) == []


FORBIDDEN = {
    "role": "admin", "is_active": True, "confirmed_at": "2026-01-01T00:00:00Z", "token_version": 7,
    "id": "01890000-0000-7000-8000-000000000000", "password_hash": "x", "email_normalized": "x", "wished_username": "x",
}  # fmt: skip


def test_a_column_that_is_not_theirs_to_give_is_refused(api, room):
    answers = [sign_up(api, **{column: value}) for column, value in FORBIDDEN.items()]

    assert [answer.status_code for answer in answers] == [422] * len(FORBIDDEN)
    assert ada_in(room) is None


def test_a_column_of_the_application_is_checked_as_the_application_says(api):
    answer = sign_up(api, time_zone="Atlantis/Poseidonis")

    assert [error["pointer"] for error in answer.json["errors"]] == ["#/time_zone"]


@pytest.mark.settings(registration="closed")
def test_where_registration_is_closed_nobody_signs_up_whatever_they_send(api, room):
    answers = [sign_up(api), sign_up(api, email="nonsense", password="short password")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json["code"] == "registration-closed"
    assert ada_in(room) is None


@pytest.mark.settings(auth_throttling=True)
def test_five_sign_up_from_one_address_in_an_hour_and_then_it_waits(api):
    answers = [sign_up(api, email=f"ada{number}@example.com") for number in range(6)]

    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) <= 3600


@pytest.mark.settings(auth_throttling=True)
def test_who_signed_up_too_often_is_turned_away_before_a_password_is_judged_and_a_bad_one_counts_for_nothing(api):
    for number in range(5):
        assert sign_up(api, email=f"ada{number}@example.com", password="password1234").status_code == 422
        assert sign_up(api, email=f"ada{number}@example.com").status_code == 202

    answer = sign_up(api, email="bob@example.com", password="password1234")

    assert answer.status_code == 429


@pytest.mark.parametrize("name", ["Ada\nBcc: eve@example.com", "Ada\x1b[2J", "Ada\x7f"])
def test_a_name_stands_on_one_line(api, name):
    answer = api("POST", "/users", {"email": "ada@example.com", "password": PASSWORD, "first_name": name})

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "#/first_name")
