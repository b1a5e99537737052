"""Where a user is signed in, and typing the password once more, by pages."""

import re

import pytest
from sign_in_fixtures import PASSWORD

from carboy.accounts import sessions
from carboy.accounts.table import Kind

LONG_AGO = 601
WRONG = "wrong horse battery staple"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Mobile Safari/604.1"


@pytest.fixture
def laptop(ada, in_browser):
    return in_browser(ada)


@pytest.fixture
def phone(ada, app):
    from carboy.testing.browsing import Browser

    browser = Browser(app)
    browser.send("/login", email="ada@example.com", password=PASSWORD, headers={"User-Agent": PHONE})
    return browser


def ids_on(page):
    return re.findall(r"/account/sessions/([0-9a-f-]{36})/revoke", page.text)


def is_in(browser):
    return browser.get("/account").status_code == 200


def test_the_list_tells_one_device_from_another_and_which_one_asks(laptop, phone):
    page = laptop.get("/account/sessions")

    assert "Safari on iPhone" in page.text
    assert page.text.count("this one") == 1
    assert len(ids_on(page)) == 1


def test_s43_a_phone_that_is_logged_out_from_the_laptop_is_out_at_its_next_request(laptop, phone):
    """S43: at the button of the page."""
    (session_id,) = ids_on(laptop.get("/account/sessions"))
    assert is_in(phone)

    answer = laptop.send(f"/account/sessions/{session_id}/revoke")

    assert (answer.status_code, answer.location) == (303, "/account/sessions")
    assert not is_in(phone)
    assert is_in(laptop)


def test_all_others_are_logged_out_at_once(laptop, phone, ada, users):
    program = users.headers(ada)

    laptop.send("/account/sessions/revoke-others")

    assert is_in(laptop)
    assert not is_in(phone)
    assert laptop.client.get("/api/v1/users/me", headers=program).status_code == 401


def test_s42_nobody_logs_out_somebody_else_by_the_page(laptop, users, room):
    """S42: it is not there, whoever has it."""
    grace = users.make("grace@example.com")
    held = users.sign_in(grace, Kind.BROWSER)

    answer = laptop.send(f"/account/sessions/{held.session_id}/revoke")

    assert answer.status_code == 404
    assert len(sessions.list_of(room, grace.id)) == 1


def test_s51_logging_out_others_asks_for_a_fresh_proof_and_comes_back_to_the_list(laptop, phone, clock):
    """S51: nothing is done before."""
    clock.shift(LONG_AGO)

    page = {"Referer": "http://localhost/account/sessions"}
    answers = [
        laptop.send(f"/account/sessions/{ids_on(laptop.get('/account/sessions'))[0]}/revoke", headers=page),
        laptop.send("/account/sessions/revoke-others", headers=page),
    ]

    assert {answer.location for answer in answers} == {"/account/reauthenticate?next=/account/sessions"}
    assert "Nothing was done yet." in laptop.get("/account/reauthenticate").text
    assert is_in(phone)


def test_s51_who_proves_it_goes_on_with_another_token(laptop, client, clock):
    """S51: a copy of the cookie from before is worth nothing."""
    client.set_cookie("session", laptop.cookie())
    clock.shift(LONG_AGO)

    answer = laptop.send("/account/reauthenticate", password=PASSWORD, next="/account/email")

    assert (answer.status_code, answer.location) == (303, "/account/email")
    assert laptop.get("/account/email").status_code == 200
    assert client.get("/account").status_code == 303


def test_who_proves_it_is_never_sent_to_another_site(laptop):
    assert laptop.send("/account/reauthenticate", password=PASSWORD, next="//evil.example").location == "/"


def test_a_wrong_proof_is_told_on_the_page_and_the_tenth_ends_the_sign_in(laptop):
    answers = [laptop.send("/account/reauthenticate", password=WRONG, next="/account/email") for _ in range(9)]
    assert {answer.status_code for answer in answers} == {401}
    assert "That is not your password." in answers[0].text
    assert 'value="/account/email"' in answers[0].text
    assert is_in(laptop)

    laptop.send("/account/reauthenticate", password=WRONG)

    assert not is_in(laptop)


@pytest.mark.settings(auth_throttling=True)
def test_proofs_that_come_too_often_are_told_to_wait_on_the_page(laptop):
    answers = [laptop.send("/account/reauthenticate", password=WRONG) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert "<h1>Is it you?</h1>" in answers[-1].text
