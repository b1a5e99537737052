"""What a browser is told by every answer, and what another site cannot have it send, over the routes of the starter."""

import json
import re
from uuid import uuid4

import pytest
from flask import abort
from sign_in_fixtures import PASSWORD

from carboy.errors import Throttled
from carboy.web.identity import public

HARMLESS = json.dumps({"email": "ada@example.com", "password": PASSWORD})
FORMS = {
    "text/plain": HARMLESS,
    "application/x-www-form-urlencoded": "email=ada%40example.com&password=x",
    "multipart/form-data; boundary=x": '--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nada\r\n--x--\r\n',
}


@pytest.fixture
def admin(make_user, sign_in):
    make_user("grace@example.com", role="admin")
    return sign_in("grace@example.com")


def unsafe_routes(app):
    """Every method and path of the API that changes something, with an id where one is wanted."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            path = re.sub("<.*?>", str(uuid4()), rule.rule).removeprefix("/api/v1")
            yield from ((method, path) for method in sorted(rule.methods - {"GET", "HEAD", "OPTIONS"}))


def test_s55_no_route_of_the_api_takes_what_a_form_can_send(app, admin):
    """S55: 415 on every route that changes something, walked over url_map; but a file is sent as one."""
    answers = {
        (method, path, media): admin(method, path, data=body, headers={"Content-Type": media}).status_code
        for method, path in unsafe_routes(app)
        for media, body in FORMS.items()
        if not (path.endswith(("/attachments", "/picture")) and media.startswith("multipart/"))
    }

    assert len(answers) > 75
    assert {route: status for route, status in answers.items() if status != 415} == {}


def forms(app):
    """The path of every page that takes a form."""
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/") and "POST" in rule.methods:
            yield re.sub("<.*?>", str(uuid4()), rule.rule)


@pytest.fixture
def signed_in(in_browser, users):
    """A browser that may do everything."""
    return in_browser(users.make(role="admin"))


def test_s52_no_page_takes_a_form_without_a_token(app, signed_in):
    """S52: walked over url_map."""
    answers = {path: signed_in.client.post(path).status_code for path in forms(app)}

    assert len(answers) > 20
    assert {path: status for path, status in answers.items() if status != 403} == {}


FROM_ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"},
    {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
]  # fmt: skip


@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
def test_s53_no_page_takes_a_form_from_another_site_though_it_has_a_token(app, signed_in, headers):
    """S53: walked over url_map."""
    answers = {path: signed_in.send(path, headers=headers).status_code for path in forms(app)}

    assert {path: status for path, status in answers.items() if status != 403} == {}


def test_s54_signing_in_and_out_is_protected_like_every_form(browser, make_user):
    """S54: and neither is done by a link."""
    make_user()
    fields = {"email": "ada@example.com", "password": PASSWORD}

    refused = [
        browser.client.post("/login", data=fields),
        browser.client.post("/logout"),
        browser.client.get("/logout"),
    ]

    assert [answer.status_code for answer in refused] == [403, 403, 405]
    assert browser.get("/account").status_code == 303


def in_trouble(status):
    if status == 429:
        raise Throttled("Wait.", retry_after=1)
    abort(status)


@pytest.fixture
def stranger(app):
    """Somebody without an account, at an application that shows its errors to nobody."""
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    for family in ("", "/api/v1"):
        app.add_url_rule(f"{family}/bug", f"bug{family}", public(lambda: 1 / 0))
        app.add_url_rule(f"{family}/moved/", f"moved{family}", public(lambda: "moved"))
        app.add_url_rule(f"{family}/trouble/<int:status>", f"trouble{family}", public(in_trouble))
    return app.test_client()


HUGE = {"data": b"x" * (2 * 1024 * 1024 + 1), "content_type": "application/json"}
ANSWERS = [
    ("GET", "/", {}, 200), ("HEAD", "/", {}, 200), ("OPTIONS", "/", {}, 200), ("GET", "/static/app.css", {}, 200),
    ("GET", "/nowhere", {}, 404), ("GET", "/static/nowhere.css", {}, 404), ("DELETE", "/", {}, 405),
    ("TRACE", "/", {}, 405), ("GET", "/moved", {}, 308), ("GET", "/bug", {}, 500), ("GET", "/trouble/429", {}, 429),
    ("GET", "/trouble/413", {}, 413), ("GET", "/", {"headers": {"Host": "evil.example"}}, 400),
    ("GET", "/api/v1/foss", {}, 200), ("GET", "/api/v1/users/me", {}, 401), ("GET", "/api/v1/nowhere", {}, 404),
    ("PUT", "/api/v1/users", {}, 405), ("POST", "/api/v1/tokens", HUGE, 413), ("GET", "/api/v1/moved", {}, 308),
    ("POST", "/api/v1/tokens", {"data": b"x", "content_type": "text/plain"}, 415),
    ("POST", "/api/v1/tokens", {"data": b"{", "content_type": "application/json"}, 400),
    ("POST", "/api/v1/tokens", {"json": {}}, 422), ("GET", "/api/v1/bug", {}, 500),
    ("GET", "/api/v1/trouble/429", {}, 429), ("GET", "/api/v1/trouble/503", {}, 503),
    ("GET", "/api/v1/users/me", {"headers": {"Authorization": "Bearer nonsense"}}, 401),
]  # fmt: skip


def test_s58_every_answer_carries_the_headers_that_protect(stranger):
    """S58: whatever its status, of pages, files and the API."""
    answers = [stranger.open(path, method=method, buffered=True, **said) for method, path, said, _status in ANSWERS]

    assert [answer.status_code for answer in answers] == [status for *_asked, status in ANSWERS]
    unprotected = [(answer.request.path, answer.status_code) for answer in answers if not is_protected(answer.headers)]
    assert unprotected == []


def is_protected(headers):
    return (
        headers.get("X-Content-Type-Options") == "nosniff"
        and headers.get("X-Frame-Options") == "DENY"
        and headers.get("Referrer-Policy") in ("no-referrer", "strict-origin-when-cross-origin")
        and "frame-ancestors 'none'" in headers.get("Content-Security-Policy", "")
        and "Werkzeug" not in headers.get("Server", "")
    )


@pytest.mark.usefixtures("admin")
def test_s60_what_is_about_an_account_is_stored_by_nobody(make_user, sign_in, api):
    """S60: every answer of accounts to who is signed in, and every answer that gives tokens."""
    ada = make_user()
    me, boss = sign_in(by="/sessions"), sign_in("grace@example.com")
    asked = [
        me("GET", "/users/me"), me("PATCH", "/users/me", {"first_name": "Ada"}), me("GET", "/sessions"),
        me("GET", "/sessions/current"), me("PUT", "/users/me"), boss("GET", "/tokens"), boss("GET", "/admin/users"),
        boss("GET", f"/admin/users/{ada.id}"), boss("GET", f"/admin/users/{ada.id}/sessions"),
        me("GET", "/admin/users"),
        me("PATCH", "/users/me/password", {"current_password": "wrong", "password": PASSWORD}),
        me("POST", "/sessions/current/reauthenticate", {"password": PASSWORD}),
        me("PUT", "/sessions/current", token=me.held["update_token"]),
        boss("DELETE", "/sessions"), boss("DELETE", "/tokens"),
        api("PUT", "/tokens", {"refresh_token": sign_in().held["refresh_token"]}),
        *(api("POST", path, {"email": "ada@example.com", "password": PASSWORD}) for path in ("/tokens", "/sessions")),
    ]  # fmt: skip

    stored = {
        (answer.request.method, answer.request.path): answer.headers.get("Cache-Control")
        for answer in asked
        if answer.headers.get("Cache-Control") != "no-store"
    }

    assert stored == {}


def test_s60_a_page_for_one_user_is_stored_by_nobody(browser, make_user):
    """S60: nor is the answer that gives the cookie; caches are told that it matters."""
    make_user()

    entered = browser.send("/login", email="ada@example.com", password=PASSWORD)
    page = browser.get("/account")

    assert (entered.status_code, page.status_code) == (303, 200)
    assert [answer.headers["Cache-Control"] for answer in (entered, page)] == ["no-store", "no-store"]
    assert all("Cookie" in answer.vary for answer in (entered, page))
