"""What is done with a mail, by pages. A scanner that looks at every link uses none of them up."""

import re

import pytest
from sign_in_fixtures import PASSWORD

from carboy.accounts import finding
from carboy.testing.browsing import Browser

ADA = "ada@example.com"
NEW = "four words nobody guesses"
GONE = "A" * 43


@pytest.fixture
def confirmation(browser, link):
    browser.send("/register", email=ADA, password=PASSWORD)
    return f"/confirm/{link(ADA)}"


@pytest.fixture
def reset(browser, ada, link):
    browser.send("/password/forgot", email=ADA)
    return f"/password/reset/{link(ADA)}"


@pytest.fixture
def new_address(ada, in_browser, link):
    in_browser(ada).send("/account/email", email="new@example.com")
    return f"/account/email/{link('new@example.com')}"


def token_on(page):
    return re.search(r'name="token" value="([^"]+)"', page.text)[1]


@pytest.mark.parametrize("kind", ["confirmation", "reset", "new_address"])
def test_s47_a_scanner_that_follows_a_link_uses_nothing_up(request, app, room, kind):
    """S47: whatever it fetches, and as often as it likes."""
    path = request.getfixturevalue(kind)
    before = finding.by_address(room, ADA)

    looks = [getattr(app.test_client(), method)(path).status_code for method in ("get", "head", "get", "get")]

    assert set(looks) == {303 if kind == "reset" else 200}
    assert finding.by_address(room, ADA) == before
    assert Browser(app).get(path).status_code == looks[0]


@pytest.mark.parametrize("kind", ["confirmation", "reset", "new_address"])
def test_s48_nobody_is_told_of_a_page_that_holds_a_token_and_nothing_keeps_it(request, browser, kind):
    """S48: neither of the link nor of the page behind it."""
    path = request.getfixturevalue(kind)

    answer = browser.get(path)
    page = browser.get(answer.location) if answer.location else answer

    for one in (answer, page):
        assert one.headers["Referrer-Policy"] == "no-referrer"
        assert one.headers["Cache-Control"] == "no-store"
    assert not re.search(r'(src|href)="(https?:)?//', page.text)


def test_s48_the_address_of_the_page_for_a_new_password_holds_no_token(browser, reset):
    """S48: the browser's history and a look over the shoulder give nothing away."""
    answer = browser.get(reset)

    assert (answer.status_code, answer.location) == (303, "/password/reset")
    assert reset.rpartition("/")[2] not in browser.get("/password/reset").text


@pytest.mark.parametrize("path", [f"/confirm/{GONE}", f"/password/reset/{GONE}", f"/account/email/{GONE}"])
def test_a_link_that_is_no_good_says_so_and_where_to_get_another(browser, path):
    answer = browser.get(path)

    assert answer.status_code == 400
    assert "This link is no good any more" in answer.text
    assert 'href="/password/forgot"' in answer.text


@pytest.mark.parametrize("path", ["/confirm", "/account/email/confirm"])
def test_a_token_that_is_no_good_confirms_nothing(browser, path):
    assert browser.send(path, token=GONE).status_code == 400


def test_a_new_password_by_mail_logs_everybody_out_and_nobody_in(browser, reset, ada, in_browser):
    elsewhere = in_browser(ada)
    browser.get(reset)

    answer = browser.send("/password/reset", password=NEW)

    assert (answer.status_code, answer.location) == (303, "/login")
    assert "Please log in with it." in browser.get("/login").text
    assert elsewhere.get("/account").status_code == browser.get("/account").status_code == 303
    assert browser.send("/login", email=ADA, password=NEW).status_code == 303
    assert browser.get("/account").status_code == 200


def test_a_password_that_is_too_easy_leaves_the_link_good(browser, reset):
    browser.get(reset)
    refused = browser.send("/password/reset", password="password1234")

    answer = browser.send("/password/reset", password=NEW)

    assert refused.status_code == 422
    assert 'id="field-password-wrong"' in refused.text
    assert answer.status_code == 303


def test_a_link_for_a_new_password_is_good_once(browser, reset, app):
    other = Browser(app)
    for one in (browser, other):
        one.get(reset)

    answers = [one.send("/password/reset", password=NEW) for one in (browser, other)]

    assert [answer.status_code for answer in answers] == [303, 400]
    assert browser.get("/password/reset").status_code == 400


def test_without_a_link_there_is_no_page_for_a_new_password(browser):
    assert browser.get("/password/reset").status_code == 400
    assert browser.send("/password/reset", password=NEW).status_code == 400


def test_asking_for_a_link_reads_the_same_for_known_and_unknown_addresses(browser, ada):
    for path in ("/password/forgot", "/confirm/resend"):
        known, unknown = (browser.send(path, email=email) for email in (ADA, "eve@example.com"))

        assert (known.status_code, known.location, known.text) == (303, "/check-mail", unknown.text)


def test_a_new_address_is_taken_by_the_button_and_other_browsers_are_out(ada, in_browser, link, room):
    here, elsewhere = in_browser(ada), in_browser(ada)
    here.send("/account/email", email="new@example.com")
    path = f"/account/email/{link('new@example.com')}"

    answer = here.send("/account/email/confirm", token=token_on(here.get(path)))

    assert (answer.status_code, answer.location) == (303, "/account")
    assert finding.by_id(room, ada.id).email == "new@example.com"
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303


def test_a_browser_that_is_not_signed_in_takes_a_new_address_and_is_sent_to_the_log_in(browser, new_address):
    answer = browser.send("/account/email/confirm", token=token_on(browser.get(new_address)))

    assert answer.location == "/login"


def test_a_confirmation_that_is_wanted_again_is_sent_again(browser, confirmation, link):
    browser.send("/confirm/resend", email=ADA)

    answer = browser.send("/confirm", token=link(ADA))

    assert answer.status_code == 303


def test_a_mistake_in_an_address_is_told_where_it_was_typed(browser):
    for path in ("/password/forgot", "/confirm/resend"):
        answer = browser.send(path, email="no address")

        assert answer.status_code == 422
        assert 'id="field-email-wrong">That is not an e-mail address.' in answer.text
        assert '<a href="#field-email">E-mail address</a>' in answer.text
