"""What users do with their account, by pages."""

import re

import pytest
from sign_in_fixtures import PASSWORD

from carboy.accounts import finding

NEW = "four words nobody guesses"
LONG_AGO = 601


@pytest.fixture
def browser(ada, in_browser):
    return in_browser(ada)


def proof_wanted_for(answer, page):
    return (answer.status_code, answer.location) == (303, f"/account/reauthenticate?next={page}")


def test_a_profile_is_kept_and_shown(browser, ada, room):
    answer = browser.send("/account", first_name="Ada", last_name="Lovelace", username="ada", time_zone="Europe/London")

    assert (answer.status_code, answer.location) == (303, "/account")
    user = finding.by_id(room, ada.id)
    assert (user.first_name, user.last_name, user.time_zone) == ("Ada", "Lovelace", "Europe/London")
    page = browser.get("/account").text
    assert "Saved." in page
    assert 'value="Lovelace"' in page


def test_a_name_is_taken_off_by_leaving_its_field_empty(browser, ada, room):
    browser.send("/account", first_name="", last_name="", username="", time_zone="UTC")

    assert finding.by_id(room, ada.id).username is None


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("username", "grace", "This name is taken."),
        ("username", "a@b.example", "Choose 3 to 64 letters"),
        ("time_zone", "Mars/Olympus", "Must be a time zone"),
        ("first_name", "A\nB", "Does not have the form"),
    ],
)
def test_what_is_wrong_with_a_profile_stands_beside_its_field(browser, users, ada, room, field, value, told):
    users.make("grace@example.com", username="grace")

    answer = browser.send(
        "/account", **{"first_name": "", "last_name": "", "username": "ada", "time_zone": "UTC", field: value}
    )

    assert answer.status_code == 422
    assert told in re.search(rf'id="field-{field}-wrong">([^<]+)', answer.text)[1]
    assert finding.by_id(room, ada.id) == ada


def test_nobody_makes_themselves_an_administrator_in_the_form(browser, ada, room):
    browser.send(
        "/account", first_name="Ada", time_zone="UTC", role="admin", is_active="false", email="eve@example.com"
    )

    user = finding.by_id(room, ada.id)
    assert (user.role, user.is_active, user.email) == ("user", True, "ada@example.com")


def test_what_somebody_calls_themselves_is_text_and_no_markup(browser):
    browser.send("/account", first_name='"><script>alert(1)</script>', time_zone="UTC")

    assert "<script>" not in browser.get("/account").text


def test_a_new_password_keeps_this_browser_and_ends_the_others(browser, ada, in_browser, client):
    elsewhere = in_browser(ada)
    client.set_cookie("session", browser.cookie())

    answer = browser.send("/account/password", current_password=PASSWORD, password=NEW)

    assert (answer.status_code, answer.location) == (303, "/account/password")
    assert browser.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    assert client.get("/account").status_code == 303  # a copy of the cookie that this browser had until now


@pytest.mark.parametrize(
    ("field", "value"), [("current_password", "wrong horse battery staple"), ("password", "ada@example.com")]
)
def test_what_is_wrong_with_a_new_password_stands_beside_its_field(browser, ada, room, field, value):
    answer = browser.send("/account/password", **{"current_password": PASSWORD, "password": NEW, field: value})

    assert answer.status_code == 422
    assert f'id="field-{field}-wrong"' in answer.text
    assert finding.by_id(room, ada.id).password_hash == ada.password_hash


def test_s51_what_endangers_an_account_asks_for_the_password_once_more(browser, ada, room, clock):
    """S51: the page and the form of each, once the password was typed too long ago."""
    clock.shift(LONG_AGO)

    for path in ("/account/email", "/account/delete"):
        assert proof_wanted_for(browser.get(path), path)
        sent = browser.send(path, email="eve@example.com", headers={"Referer": f"http://localhost{path}"})
        assert proof_wanted_for(sent, path)
    assert finding.by_id(room, ada.id) == ada


def test_a_new_address_gets_a_link_and_the_old_one_a_warning(browser, jobs, outbox):
    answer = browser.send("/account/email", email="new@example.com")

    jobs.drain()
    assert (answer.status_code, answer.location) == (303, "/account/email")
    assert "/account/email/" in outbox.to("new@example.com").text
    assert "new@example.com" not in outbox.to("ada@example.com").text
    assert "If the address can be used" in browser.get("/account/email").text


def test_an_account_that_is_deleted_is_gone_and_the_browser_is_out(browser, ada, room):
    answer = browser.send("/account/delete")

    assert (answer.status_code, answer.location) == (303, "/")
    assert finding.by_id(room, ada.id) is None
    assert "Your account is deleted." in browser.get("/").text
    assert browser.get("/account").status_code == 303


def test_the_last_administrator_is_told_on_the_page_why_they_cannot_go(users, in_browser):
    admin = users.make("root@example.com", role="admin")

    answer = in_browser(admin).send("/account/delete")

    assert answer.status_code == 409
    assert "This is the last administrator." in answer.text
    assert "<h1>Delete account</h1>" in answer.text
