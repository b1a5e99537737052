"""Signing up, in and out by pages."""

import re

import pytest
from sign_in_fixtures import PASSWORD

from carboy.accounts import finding

ADA = "ada@example.com"
WRONG = "wrong horse battery staple"


def is_in(browser):
    return browser.get("/account").status_code == 200


def without_tokens(answer):
    """What an answer says, but for what differs from one request to the next."""
    text = re.sub(r'name="_csrf" value="[^"]+"', "", answer.text)
    headers = {name: value for name, value in answer.headers if name not in ("X-Request-ID", "Set-Cookie")}
    return answer.status_code, headers, text


# --- signing up


def test_who_signs_up_is_told_to_look_into_the_mailbox_and_gets_in_by_its_link(browser, link, room):
    answer = browser.send("/register", email=ADA, password=PASSWORD, username="")
    page = browser.get(f"/confirm/{link(ADA)}")

    token = re.search(r'name="token" value="([^"]+)"', page.text)[1]
    confirmed = browser.send("/confirm", token=token)

    assert (answer.status_code, answer.location) == (303, "/check-mail")
    assert (confirmed.status_code, confirmed.location) == (303, "/login")
    assert "Your address is confirmed." in browser.get("/login").text
    assert finding.by_address(room, ADA).confirmed_at is not None


def test_signing_up_reads_the_same_for_an_address_that_has_an_account(browser, ada):
    known = browser.send("/register", email=ADA, password=PASSWORD)
    new = browser.send("/register", email="grace@example.com", password=PASSWORD)

    assert without_tokens(known) == without_tokens(new)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("email", "no address", "That is not an e-mail address."),
        ("username", "a", "At least 3 characters."),
        ("password", "password1234", "Too easy to guess"),
    ],
)
def test_what_is_wrong_with_a_sign_up_stands_beside_its_field(browser, field, value, told):
    fields = {"email": ADA, "username": "ada", "password": PASSWORD, field: value}

    answer = browser.send("/register", **fields)

    assert answer.status_code == 422
    wrong = re.search(rf'id="field-{field}-wrong">([^<]+)', answer.text)
    assert told in wrong[1]
    assert f'value="{fields["email"]}"' in answer.text


def test_no_page_repeats_a_password(browser, ada):
    answers = [
        browser.send("/register", email="no address", password=WRONG),
        browser.send("/login", email=ADA, password=WRONG),
    ]

    assert [answer.status_code for answer in answers] == [422, 401]
    assert not any(WRONG in answer.text for answer in answers)


def test_nobody_gives_themselves_a_role_or_a_state_in_the_form(browser, room):
    browser.send("/register", email=ADA, password=PASSWORD, role="admin", confirmed_at="2026-01-01T00:00:00Z", id="1")

    user = finding.by_address(room, ADA)
    assert (user.role, user.confirmed_at) == ("user", None)


@pytest.mark.settings(registration="closed")
def test_where_nobody_may_sign_up_no_page_offers_it(browser):
    answers = [browser.get("/register"), browser.send("/register", email=ADA, password=PASSWORD)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert "/register" not in browser.get("/login").text


# --- signing in


@pytest.mark.parametrize("who", [ADA, "ADA@example.com", "ada", "Ada"])
def test_one_field_takes_an_address_or_a_user_name(browser, ada, who):
    answer = browser.send("/login", email=who, password=PASSWORD)

    assert (answer.status_code, answer.location) == (303, "/")
    assert is_in(browser)


def test_a_user_name_may_come_in_a_field_of_its_own(browser, ada):
    browser.send("/login", username="ada", password=PASSWORD)

    assert is_in(browser)


@pytest.mark.parametrize(
    ("wanted", "place"),
    [("/account/sessions", "/account/sessions"), ("//evil.example", "/"), ("https://evil.example", "/"), ("", "/")],
)
def test_who_signs_in_goes_where_they_wanted_to_and_never_to_another_site(browser, ada, wanted, place):
    answer = browser.send("/login", email=ADA, password=PASSWORD, next=wanted)

    assert answer.location == place


def test_the_page_keeps_where_somebody_wanted_to_through_a_wrong_password(browser, ada):
    page = browser.get("/login?next=/account/email")
    again = browser.send("/login", email=ADA, password=WRONG, next="/account/email")

    assert 'name="next" value="/account/email"' in page.text
    assert 'name="next" value="/account/email"' in again.text


def test_a_wrong_password_and_an_unknown_address_are_told_alike(browser, ada):
    wrong = browser.send("/login", email=ADA, password=WRONG)
    unknown = browser.send("/login", email="eve@example.com", password=WRONG)

    assert wrong.status_code == 401
    assert "No account fits what you sent." in wrong.text
    told = without_tokens(unknown)
    assert without_tokens(wrong) == (*told[:2], told[2].replace("eve@example.com", ADA))


def test_who_is_in_already_is_not_asked_to_sign_in(ada, in_browser):
    answer = in_browser(ada).get("/login?next=/account/email")

    assert (answer.status_code, answer.location) == (303, "/account/email")


@pytest.mark.parametrize(("remember", "stays"), [({"remember": "true"}, True), ({}, False)])
def test_the_browser_is_signed_in_after_it_was_closed_only_if_that_was_wanted(browser, ada, remember, stays):
    answer = browser.send("/login", email=ADA, password=PASSWORD, **remember)

    (cookie,) = [said for said in answer.headers.getlist("Set-Cookie") if said.startswith("session=")]
    assert ("Expires=" in cookie) is stays


@pytest.mark.settings(auth_throttling=True)
def test_who_guesses_is_told_to_wait_on_the_page(browser, ada):
    answers = [browser.send("/login", email=ADA, password=WRONG) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "<h1>Log in</h1>" in answers[-1].text


@pytest.mark.settings(auth_throttling=True)
def test_a_browser_that_its_owner_has_signed_in_with_is_not_kept_out_by_guesses_from_elsewhere(browser, app, ada):
    browser.send("/login", email=ADA, password=PASSWORD)
    browser.send("/logout")
    for number in range(21):
        guess = {"environ_base": {"REMOTE_ADDR": f"198.51.100.{number}"}}
        app.test_client().post("/api/v1/tokens", json={"email": ADA, "password": WRONG}, **guess)

    answer = browser.send("/login", email=ADA, password=PASSWORD)

    assert answer.status_code == 303
    assert app.test_client().post("/api/v1/tokens", json={"email": ADA, "password": PASSWORD}).status_code == 429


def test_a_form_from_before_the_sign_in_is_worth_nothing_after_it(browser, ada):
    before = re.search(r'name="_csrf" value="([^"]+)"', browser.get("/login").text)[1]
    browser.send("/login", email=ADA, password=PASSWORD)

    answer = browser.send("/account", _csrf=before, first_name="Eve", time_zone="UTC")

    assert answer.status_code == 403


# --- signing out


def test_who_signs_out_is_out_and_the_browser_forgets_what_it_kept(browser, ada):
    browser.send("/login", email=ADA, password=PASSWORD)

    answer = browser.send("/logout")

    assert (answer.status_code, answer.location) == (303, "/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(browser)
    assert "You are logged out." in browser.get("/login").text
    assert browser.cookie("device")


def test_signing_out_twice_is_no_mistake(browser):
    assert browser.send("/logout").status_code == 303


def test_no_link_signs_anybody_out(ada, in_browser):
    browser = in_browser(ada)

    assert browser.get("/logout").status_code == 405
    assert is_in(browser)


def test_what_a_page_offers_depends_on_who_asks(browser, users, ada, in_browser):
    stranger = browser.get("/").text
    user = in_browser(ada).get("/").text
    admin = in_browser(users.make("root@example.com", role="admin")).get("/").text

    assert ('href="/login"' in stranger, 'href="/account"' in stranger, 'href="/admin/users"' in stranger) == (1, 0, 0)
    assert ('href="/login"' in user, 'href="/account"' in user, 'href="/admin/users"' in user) == (0, 1, 0)
    assert ('href="/login"' in admin, 'href="/account"' in admin, 'href="/admin/users"' in admin) == (0, 1, 1)
