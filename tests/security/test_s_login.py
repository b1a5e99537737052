"""Signing in tells nobody who has an account, and nobody borrows what a browser holds."""

import json
import re
import statistics
import time
from http.cookies import SimpleCookie

import pytest
from sign_in_fixtures import PASSWORD

from carboy.accounts import administering, finding
from carboy.accounts.room import HERE
from carboy.testing.browsing import Browser

WRONG = "wrong horse battery staple"
ADA = "ada@example.com"
JSON = {"Content-Type": "application/json"}
DEPLOYED = {
    "mode": "production",
    "secret_key": "Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH",
    "jwt_secret_key": "aB9-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV",
    "app_base_url": "https://shop.example.org",
    "trusted_hosts": ("shop.example.org",),
    "allow_sqlite_in_production": True,
}
SITE = {"base_url": DEPLOYED["app_base_url"]}


def what_is_said(answer):
    """Status, headers and body, but for the one name that each request has of its own."""
    headers = [(name, value) for name, value in answer.headers if name != "X-Request-ID"]
    body = {name: value for name, value in answer.json.items() if name != "request_id"}
    return answer.status_code, headers, body


def cookies_of(answer):
    """The cookies that an answer sets."""
    return [cookie for said in answer.headers.getlist("Set-Cookie") for cookie in SimpleCookie(said).values()]


def cookie_of(answer):
    """The session cookie that an answer sets."""
    return next(cookie for cookie in cookies_of(answer) if cookie.key.endswith("session"))


def ask_with(app, cookie, path="/account", **options):
    """Ask for a page of users with this cookie and no other; a stranger is sent to the log-in."""
    return app.test_client(use_cookies=False).get(path, headers={"Cookie": f"{cookie.key}={cookie.value}"}, **options)


@pytest.mark.parametrize("by", ["/tokens", "/sessions"])
def test_s01_a_wrong_password_and_an_unknown_address_read_the_same(api, make_user, by):
    """S01: status, headers and body are the same but for the name of the request."""
    make_user()

    wrong = api("POST", by, {"email": ADA, "password": WRONG})
    unknown = api("POST", by, {"email": "eve@example.com", "password": WRONG})

    assert wrong.status_code == 401
    assert what_is_said(wrong) == what_is_said(unknown)
    assert len(wrong.data) == len(unknown.data)


def test_s01_a_wrong_password_and_an_unknown_name_read_the_same(api, make_user):
    """S01: for whoever signs in by name as well."""
    make_user(username="ada")

    wrong = api("POST", "/tokens", {"username": "ada", "password": WRONG})
    unknown = api("POST", "/tokens", {"username": "eve", "password": WRONG})

    assert what_is_said(wrong) == what_is_said(unknown)


@pytest.mark.parametrize("password", [PASSWORD, WRONG])
@pytest.mark.settings(require_confirmed_email=True)
def test_s02_disabled_and_unconfirmed_accounts_read_as_unknown_ones(api, make_user, room, password):
    """S02: with the right password too."""
    administering.set_active(room, make_user().id, False, caller=HERE)
    api("POST", "/users", {"email": "new@example.com", "password": PASSWORD})

    answers = [
        api("POST", "/tokens", {"email": email, "password": password})
        for email in ("eve@example.com", ADA, "new@example.com")
    ]

    unknown, *others = map(what_is_said, answers)
    assert unknown[0] == 401
    assert others == [unknown, unknown]


def test_s03_an_unknown_address_costs_one_verification_of_the_same_cost(api, make_user, verifications):
    """S03: one verification for each try, whoever is meant, with the same parameters."""
    make_user()

    for email in (ADA, "eve@example.com", "no address at all"):
        api("POST", "/tokens", {"email": email, "password": WRONG})

    assert verifications.total == 3
    assert len(set(verifications.costs)) == 1


def test_s03_a_user_without_a_password_costs_one_verification(api, make_user, room, verifications):
    """S03: whose account came without a password, too."""
    user = make_user()
    with room.database.transaction() as session:
        finding.change(room, session, user.id, {"password_hash": None})

    answer = api("POST", "/tokens", {"email": ADA, "password": WRONG})

    assert answer.status_code == 401
    assert verifications.total == 1


@pytest.mark.long
def test_s03_the_clock_tells_nobody_who_has_an_account(api, make_user):
    """S03: the medians of forty interleaved tries lie within the spread of either."""
    make_user()
    took = {ADA: [], "eve@example.com": []}

    for _ in range(40):
        for email, times in took.items():
            begun = time.perf_counter()
            api("POST", "/tokens", {"email": email, "password": WRONG})
            times.append(time.perf_counter() - begun)

    known, unknown = took.values()
    for one, other in ((known, unknown), (unknown, known)):
        low, *_between, high = statistics.quantiles(other, n=10)
        assert low <= statistics.median(one) <= high


@pytest.mark.settings(**DEPLOYED)
def test_s04_a_sign_in_replaces_what_the_browser_held_before(app, make_user):
    """S04: a cookie that somebody planted before is not signed in afterwards."""
    make_user()
    browser = Browser(app, **SITE)

    before = cookie_of(browser.get("/login"))
    after = cookie_of(browser.send("/login", email=ADA, password=PASSWORD))

    assert after.value != before.value
    assert ask_with(app, before, **SITE).status_code == 303
    assert ask_with(app, after, **SITE).status_code == 200


@pytest.mark.settings(**DEPLOYED)
def test_s05_every_cookie_of_a_sign_in_is_protected_as_browsers_can(app, make_user):
    """S05: HttpOnly, Secure, SameSite=Lax, Path=/, no Domain, and a name that browsers hold to that."""
    make_user()

    answer = Browser(app, **SITE).send("/login", email=ADA, password=PASSWORD)

    cookies = cookies_of(answer)
    assert {cookie.key for cookie in cookies} == {"__Host-session", "__Host-device"}
    for cookie in cookies:
        assert cookie["httponly"] is True
        assert cookie["secure"] is True
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")


@pytest.mark.settings(**DEPLOYED)
def test_s06_a_cookie_copied_before_the_sign_out_is_worth_nothing_after_it(app, make_user):
    """S06: the sign-in ends on our side, not in the browser alone."""
    make_user()
    browser = Browser(app, **SITE)
    copied = cookie_of(browser.send("/login", email=ADA, password=PASSWORD))
    assert ask_with(app, copied, **SITE).status_code == 200

    browser.send("/logout")

    assert ask_with(app, copied, **SITE).status_code == 303
    assert browser.get("/account").location.startswith("/login")


def test_s07_a_very_long_password_is_refused_before_anything_is_hashed(api, make_user, verifications):
    """S07: which is what takes long."""
    make_user()

    answers = [api("POST", "/tokens", {"email": ADA, "password": "a" * length}) for length in (129, 1025, 1_000_000)]

    assert {answer.status_code for answer in answers} <= {413, 422}
    assert verifications.total == 0


def test_s08_json_of_the_wrong_types_is_refused(api):
    """S08: 422, never 500."""
    values = ([], {}, None, 0, 1.5, True, ["a"], {"$ne": ""})
    sent = [{"email": ADA, "password": PASSWORD, name: value} for value in values for name in ("email", "password")]

    answers = [api("POST", by, body) for body in sent for by in ("/tokens", "/sessions")]

    assert {answer.status_code for answer in answers} == {422}


def test_s08_what_is_no_object_is_refused(api):
    """S08: nor what is hardly JSON."""
    bodies = ("null", '"text"', "[]", "7", "{}", '{"email":', '{"email": NaN}', "[" * 100_000, b"\xff\xfe", b"")

    answers = [api("POST", "/tokens", data=body, headers=JSON) for body in bodies]

    assert {answer.status_code for answer in answers} <= {400, 422}


def test_s08_signs_that_break_lines_and_databases_are_refused(api):
    """S08: in any text that is sent."""
    texts = ("ada\x00@example.com", "\ud800@example.com", "ada@example.com\r\nBcc: eve@example.com")
    whole = ({"email": ADA, "password": PASSWORD}, {"username": "ada", "password": PASSWORD})
    sent = [{**body, name: text} for text in texts for body in whole for name in body]

    answers = [api("POST", "/tokens", data=json.dumps(body), headers=JSON) for body in sent]

    assert {answer.status_code for answer in answers} <= {400, 401, 422}


def test_s09_capitals_make_no_second_account(api, sign_in, jobs, outbox):
    """S09: one address, one account, however it is typed."""
    for email in ("A@Ex.example.com", "a@eX.EXAMPLE.com"):
        assert api("POST", "/users", {"email": email, "password": PASSWORD}).status_code == 202
    jobs.drain()

    one, other = (sign_in(email)("GET", "/users/me").json for email in ("A@Ex.example.com", "a@eX.example.COM"))

    assert one["id"] == other["id"]
    assert len(outbox) == 2


PLAIN = ("user", True, None, 0)
FORBIDDEN = {
    "role": "admin",
    "is_admin": True,
    "is_active": False,
    "confirmed_at": "2020-01-01T00:00:00Z",
    "confirmed": True,
    "id": "01890000-0000-7000-8000-000000000000",
    "token_version": 7,
    "password_hash": "x",
    "email_normalized": "eve@example.com",
}


def test_s10_nobody_gives_themselves_a_role_or_a_state(api, room):
    """S10: it is refused or not listened to."""
    answers = {
        name: api("POST", "/users", {"email": f"{number}@example.com", "password": PASSWORD, name: value})
        for number, (name, value) in enumerate(FORBIDDEN.items())
    }

    assert {answer.status_code for answer in answers.values()} <= {202, 422}
    with room.database.reading() as session:
        users = session.execute(room.users.select()).all()
    assert {(user.role, user.is_active, user.confirmed_at, user.token_version) for user in users} <= {PLAIN}


def test_s10_nor_later(make_user, sign_in, room):
    """S10: nor when they change what they say of themselves."""
    user = make_user()
    ada = sign_in()

    answers = [ada("PATCH", "/users/me", {name: value}) for name, value in FORBIDDEN.items()]

    assert {answer.status_code for answer in answers} <= {200, 422}
    assert {**finding.by_id(room, user.id)._mapping, "updated_at": 0} == {**user._mapping, "updated_at": 0}


def test_s11_signing_up_never_tells_whether_an_address_is_known(api, make_user, jobs, outbox):
    """S11: the answers are the same; the owner of the address is told by mail."""
    make_user()

    known = api("POST", "/users", {"email": ADA, "password": PASSWORD})
    new = api("POST", "/users", {"email": "new@example.com", "password": PASSWORD})
    jobs.drain()

    assert known.status_code == 202
    assert what_is_said(known) == what_is_said(new)
    assert "already" in outbox.to(ADA).text
    assert not re.search(r"confirm", outbox.to(ADA).subject, re.IGNORECASE)


def test_s04_who_signs_in_in_a_browser_that_is_signed_in_ends_that_sign_in(browser, client, make_user):
    """S04: a copy of the cookie before opens nothing."""
    make_user()
    browser.send("/login", email=ADA, password=PASSWORD)
    client.set_cookie("session", browser.cookie())

    browser.send("/login", email=ADA, password=PASSWORD)

    assert browser.get("/account").status_code == 200
    assert client.get("/account").status_code == 303
