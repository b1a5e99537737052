"""Strangers are asked to sign in, and come back to where they wanted to go."""

from urllib.parse import parse_qs, urlsplit

import pytest


@pytest.mark.parametrize("path", ["/account", "/account/sessions", "/admin/users?q=a&role=user"])
def test_a_stranger_is_sent_to_the_log_in_and_back_afterwards(client, path):
    answer = client.get(path)

    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.location).query) == {"next": [path]}
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_that_a_stranger_sends_leads_back_to_its_page_and_is_not_sent_again(browser):
    answer = browser.send("/account", first_name="Ada", headers={"Referer": "http://localhost/account?tab=1"})

    assert answer.location == "/login?next=/account?tab%3D1"


@pytest.mark.parametrize("referer", ["https://evil.example/account", "nonsense", "http://localhost.evil.example/a"])
def test_a_page_of_somebody_else_is_nowhere_to_come_back_to(browser, referer):
    answer = browser.send("/account/password", headers={"Referer": referer})

    assert answer.location == "/login"


def test_the_api_tells_strangers_401_as_ever(client):
    answer = client.get("/api/v1/users/me")

    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")


def test_who_is_known_and_may_not_come_in_is_told_so(users, in_browser):
    answer = in_browser(users.make()).get("/admin/users")

    assert answer.status_code == 403


def test_what_is_not_there_is_not_there_for_strangers_either(client):
    assert client.get("/accounts").status_code == 404


def test_pages_are_not_taken_for_those_of_another_user_by_a_cache(client):
    assert "Cookie" in client.get("/").vary
