"""One person's account from its first day to its last, with two browsers and a mailbox, as people do it."""

from datetime import timedelta

import pytest
from accessibility import axe
from playwright.sync_api import expect
from sqlalchemy import update

from carboy.accounts.table import SESSIONS
from carboy.context import utc_now
from carboy.data.flask import data_of

ADA, ADA_ELSEWHERE = "ada@example.com", "ada@example.net"
PASSWORD, NEW_PASSWORD = "correct horse battery staple", "four words nobody guesses"


@pytest.fixture
def much_later(app):
    """Everybody typed their password long ago."""

    def age():
        with data_of(app).database.transaction() as session:
            session.execute(update(SESSIONS).values(authenticated_at=utc_now() - timedelta(hours=1)))

    return age


PHONE = {"viewport": {"width": 390, "height": 844}}
WAYS = [
    pytest.param({}, id="at a desk", marks=pytest.mark.long),
    pytest.param(PHONE | {"java_script_enabled": False}, id="on a phone, without scripts"),
    pytest.param(PHONE | {"color_scheme": "dark"}, id="on a phone in the dark", marks=pytest.mark.long),
]


@pytest.mark.long
@pytest.mark.settings(require_confirmed_email=True, auth_throttling=True)
@pytest.mark.parametrize("way", WAYS)
def test_an_account_from_its_first_day_to_its_last(somebody, much_later, way):
    ada, phone = somebody(**way), somebody(**way)

    # She signs up, and is not in before she has shown that the address is hers.
    ada.go("/")
    ada.follow("Sign up")
    ada.type("E-mail address", ADA)
    ada.type("User name", "ada")
    ada.type("Password", PASSWORD)
    ada.press("Sign up")
    assert ada.sees("Look into your mailbox")
    ada.log_in("ada", PASSWORD)
    assert ada.sees("No account fits what you sent.")
    ada.open_mail_to(ADA)
    assert ada.sees(ADA)
    ada.press("Yes, confirm it")
    assert ada.sees("Your address is confirmed.")
    ada.log_in("ada", PASSWORD)
    assert ada.is_at("/")
    assert ada.is_in()

    # Another address takes the password once more, and holds when its owner says so.
    much_later()
    ada.go("/account/email")
    assert ada.sees("Type your password once more.")
    ada.type("Password", PASSWORD)
    ada.press("Go on")
    assert ada.is_at("/account/email")
    ada.type("New address", ADA_ELSEWHERE)
    ada.press("Send the link")
    assert ada.sees("If the address can be used")
    ada.open_mail_to(ADA_ELSEWHERE)
    ada.press("Yes, take it")
    assert ada.is_at("/account")

    # From her laptop she logs her phone out.
    phone.log_in(ADA_ELSEWHERE, PASSWORD)
    assert phone.is_at("/")
    assert phone.is_in()
    ada.follow("Devices")
    ada.press("Log out Chrome on Linux")
    assert ada.sees("It is logged out.")
    assert not phone.is_in()
    assert ada.is_in()

    # A forgotten password ends every sign-in.
    phone.go("/login")
    phone.follow("I forgot my password")
    phone.type("E-mail address", ADA_ELSEWHERE)
    phone.press("Send the link")
    phone.open_mail_to(ADA_ELSEWHERE)
    assert phone.is_at("/password/reset")
    phone.type("New password", "password1234")
    phone.press("Set the new password")
    expect(phone.page.get_by_role("alert")).to_be_visible()
    phone.type("New password", NEW_PASSWORD)
    phone.press("Set the new password")
    assert phone.sees("Please log in with it.")
    assert not ada.is_in()
    ada.log_in(ADA_ELSEWHERE, PASSWORD)
    assert ada.sees("No account fits what you sent.")

    # And one day she goes.
    ada.log_in(ADA_ELSEWHERE, NEW_PASSWORD)
    assert ada.is_at("/")
    ada.go("/account/delete")
    ada.press("Delete my account")
    assert ada.sees("Your account is deleted.")
    ada.log_in(ADA_ELSEWHERE, NEW_PASSWORD)
    assert ada.sees("No account fits what you sent.")


@pytest.mark.long
def test_every_form_can_be_filled_in_and_sent_with_the_keyboard_alone(somebody, users):
    ada = somebody()
    users.make(ADA, password=PASSWORD)
    keyboard = ada.page.keyboard

    ada.go("/login")
    keyboard.press("Tab")
    assert ada.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    keyboard.press("Enter")
    for text in (ADA, PASSWORD):
        keyboard.press("Tab")
        keyboard.type(text)
    keyboard.press("Enter")
    ada.page.wait_for_url("**/")

    assert ada.is_in()


def test_everybody_can_use_the_page_for_a_new_password(somebody, users):
    ada = somebody(**PHONE)
    users.make(ADA)
    ada.go("/password/forgot")
    ada.type("E-mail address", ADA)
    ada.press("Send the link")

    ada.open_mail_to(ADA)

    assert ada.is_at("/password/reset")
    assert axe(ada.page) == []


@pytest.mark.quick
def test_who_made_a_mistake_is_taken_to_it(somebody):
    ada = somebody()

    ada.go("/register")
    ada.type("E-mail address", ADA)
    ada.type("Password", "password1234")
    ada.press("Sign up")

    expect(ada.page.get_by_label("Password")).to_be_focused()
    told = ada.page.get_by_label("Password").get_attribute("aria-describedby")
    assert "field-password-wrong" in told
    assert ada.page.title().startswith("Error: ")
    assert ada.page.get_by_label("E-mail address").input_value() == ADA
    assert ada.page.get_by_label("Password").input_value() == ""
