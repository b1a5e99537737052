"""What no browser of ours sends breaks no page, and a browser is left alone with what it holds."""

import pytest
from sign_in_fixtures import PASSWORD

from carboy.accounts import changing
from carboy.accounts.room import HERE
from carboy.errors import NotFound
from carboy.testing.browsing import Browser
from carboy.web.csrf import token_in


def test_a_form_that_is_too_large_to_be_shown_again_is_refused_all_the_same(users, in_browser):
    administrator = users.make(role="admin")
    browser = in_browser(administrator)
    with browser.client.session_transaction() as session:
        by_script = {"X-CSRF-Token": token_in(session)}

    answer = browser.client.post(
        f"/admin/users/{administrator.id}/disable", data={"filling": "x" * 3_000_000}, headers=by_script
    )

    assert answer.status_code == 409


def test_a_profile_whose_user_was_deleted_meanwhile_is_not_there_to_be_changed(room, users):
    user_id = users.make().id
    changing.delete_account(room, user_id, caller=HERE)

    with pytest.raises(NotFound):
        changing.change_profile(room, user_id, {"first_name": "Ada"})


@pytest.mark.parametrize("path", ["/account", "/static/app.css", "/api/v1/users/me"])
@pytest.mark.usefixtures("ada")
def test_a_browser_that_is_remembered_is_given_its_cookie_once(browser, path):
    browser.send("/login", email="ada", password=PASSWORD, remember="true")

    answer = browser.get(path)
    answer.close()

    assert "Set-Cookie" not in answer.headers


def test_a_browser_forgets_a_deleted_account_as_it_does_when_it_is_logged_out(users, in_browser):
    deleted = in_browser(users.make("grace@example.com")).send("/account/delete")
    logged_out = in_browser(users.make()).send("/logout")

    assert deleted.headers["Clear-Site-Data"] == logged_out.headers["Clear-Site-Data"]


@pytest.mark.usefixtures("ada")
def test_who_chooses_a_new_password_sees_whose(browser, link):
    browser.send("/password/forgot", email="ada@example.com")
    token = link("ada@example.com")

    answer = browser.get(f"/password/reset/{token}", follow_redirects=True)

    assert "<strong>ada@example.com</strong>" in answer.text


def test_a_request_that_was_on_its_way_while_a_browser_got_a_new_cookie_does_not_take_it_away(app, ada, in_browser):
    browser, late = in_browser(ada), Browser(app)
    late.client.set_cookie("session", browser.cookie())
    browser.send("/account/reauthenticate", password=PASSWORD)

    answer = late.get("/")

    assert "Set-Cookie" not in answer.headers
