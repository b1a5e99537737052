"""What changes something is believed only when it comes from a page of ours."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from flask import render_template_string
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from carboy.web.csrf import accepts_foreign_posts, rotate_secret, token_in
from carboy.web.identity import ANONYMOUS, Identity, authenticator, public
from carboy.web.visitors import visitor

UNSAFE = ["POST", "PUT", "PATCH", "DELETE"]
OURS = "http://localhost:5000"
EVIL = "https://evil.example"

FEATURE = """
from carboy.web.identity import public

def register(app, api):
    @api.route("/things", methods=["GET", "POST", "DELETE"])
    @public
    def things():
        return {"done": True}
"""


def with_pages(app):
    @app.route("/form", methods=["GET", *UNSAFE])
    @public
    def form():
        return render_template_string("{{ csrf_field() }}")

    @app.post("/login")
    @public
    def login():
        rotate_secret()
        return "welcome"

    @app.post("/webhook")
    @public
    @accepts_foreign_posts
    def webhook():
        return "heard"

    return app


@pytest.fixture
def app(make_app, project):
    (project / "shop" / "things.py").write_text(FEATURE)
    return with_pages(make_app(features=["shop.things"], csrf_trusted_origins=("https://admin.example.org",)))


@pytest.fixture
def client(app):
    return app.test_client()


def token_from(client, path="/form", **options):
    return re.fullmatch(r'<input type="hidden" name="_csrf" value="(.+)">', client.get(path, **options).text)[1]


def sender(site=None, origin=None):
    return {name: value for name, value in {"Sec-Fetch-Site": site, "Origin": origin}.items() if value is not None}


# Who sent it, and with what

SENDERS = [
    # Sec-Fetch-Site, Origin, whether it can be ours
    ("same-origin", None, True),
    ("same-origin", OURS, True),
    ("same-origin", "null", True),  # a page without a referrer, sending to itself
    ("none", None, True),
    ("same-site", None, False),
    ("same-site", OURS, False),
    ("same-site", "https://admin.example.org", True),
    ("same-site", "null", False),
    ("cross-site", None, False),
    ("cross-site", EVIL, False),
    ("cross-site", OURS, False),
    ("cross-site", "https://admin.example.org", True),
    ("cross-site", "https://admin.example.org.evil.example", False),
    ("cross-site", "http://admin.example.org", False),
    ("", None, False),
    ("Same-Origin", None, False),
    ("same-origin, cross-site", None, False),
    (None, OURS, True),
    (None, "https://admin.example.org", True),
    (None, EVIL, False),
    (None, "null", False),
    (None, "", False),
    (None, "http://localhost:5001", False),
    (None, "https://localhost:5000", False),
    (None, "http://localhost:5000/", False),
    (None, "http://localhost:5000@evil.example", False),
    (None, None, True),  # a browser that says neither
]


@pytest.mark.parametrize(("site", "origin", "may_be_ours"), SENDERS)
@pytest.mark.parametrize("cookie", [True, False])
@pytest.mark.parametrize("token", ["good", "another session's", "none"])
def test_a_form_is_taken_from_our_own_page_with_its_token_and_cookie(app, site, origin, may_be_ours, token, cookie):
    client, stranger = app.test_client(), app.test_client()
    tokens = {"good": token_from(client), "another session's": token_from(stranger), "none": None}
    if not cookie:
        client = app.test_client()

    answer = client.post("/form", data={"_csrf": tokens[token]}, headers=sender(site, origin))

    assert answer.status_code == (200 if may_be_ours and token == "good" and cookie else 403)


@pytest.mark.parametrize("method", UNSAFE)
def test_every_method_that_changes_something_needs_the_token_whatever_it_sends(client, method):
    token = token_from(client)

    refused = [
        client.open("/form", method=method, headers={"Sec-Fetch-Site": "same-origin"}, **body)
        for body in ({}, {"json": {"_csrf": token}}, {"data": b"x"}, {"query_string": {"_csrf": token}})
    ]

    assert [answer.status_code for answer in refused] == [403] * 4
    assert client.open("/form", method=method, headers={"X-CSRF-Token": token}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_needs_nothing_whoever_links_to_us(client, method):
    assert client.open("/form", method=method, headers=sender("cross-site", EVIL)).status_code == 200


def test_what_has_no_route_is_told_so_and_not_that_it_is_forged(client):
    assert [client.post("/nowhere").status_code, client.post("/livez/").status_code] == [404, 404]
    assert client.open("/login", method="PUT").status_code == 405


def test_a_login_is_protected_before_anybody_has_a_cookie(client):
    assert client.post("/login", headers=sender("cross-site", EVIL)).status_code == 403


def test_a_form_with_a_file_brings_its_token_too(client):
    form = {"_csrf": token_from(client), "file": (BytesIO(b"content"), "name.txt")}

    assert client.post("/form", data=form).status_code == 200


def test_a_webhook_takes_what_others_send_if_its_view_says_so(client):
    assert client.post("/webhook", data="x", headers=sender("cross-site", EVIL)).text == "heard"


# The token


def test_every_form_gets_another_token_and_all_of_them_are_good(client):
    tokens = {token_from(client) for _ in range(5)}

    assert len(tokens) == 5
    assert {client.post("/form", data={"_csrf": token}).status_code for token in tokens} == {200}


def test_a_login_makes_the_tokens_of_before_worthless(client):
    token = token_from(client)

    assert client.post("/login", data={"_csrf": token}).status_code == 200
    assert client.post("/form", data={"_csrf": token}).status_code == 403
    assert client.post("/form", data={"_csrf": token_from(client)}).status_code == 200


@pytest.mark.parametrize("secret", [None, 5, ["a"], {"a": 1}, b"bytes", True])
def test_a_session_whose_secret_is_none_gets_a_new_one(client, secret):
    token = token_from(client)
    with client.session_transaction() as stored:
        stored["_csrf"] = secret

    assert client.post("/form", data={"_csrf": token}).status_code == 403
    assert client.post("/form", data={"_csrf": token_from(client)}).status_code == 200


def test_a_test_can_make_a_token_without_asking_for_a_page(client):
    with client.session_transaction() as stored:
        token = token_in(stored)

    assert client.post("/form", data={"_csrf": token}).status_code == 200


ON_ONE_APP = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.long
@given(st.data())
@hypothesis_settings(max_examples=300, **ON_ONE_APP)
def test_no_token_that_was_changed_in_any_way_passes(tokens_of_one_app, data):
    client, token, foreign = tokens_of_one_app
    place = data.draw(st.integers(0, 63))
    content = bytearray(urlsafe_b64decode(token))
    content[place % 48] ^= data.draw(st.integers(1, 255))
    changed = [
        token[:place],
        token[place + 1 :],
        token[:place] + data.draw(st.sampled_from(ALPHABET.replace(token[place], ""))) + token[place + 1 :],
        urlsafe_b64encode(content).decode(),
        foreign[:place] + token[place:] if place else foreign,
        token + data.draw(st.sampled_from(["=", "==", "A", " ", "\n", "\x00", token])),
        data.draw(st.sampled_from(["é", "\uff21", "+", "/", " ", "\x00"])) + token[1:],
        token.swapcase(),
    ]

    # The beginnings of two tokens may be the same, and then nothing was changed.
    answers = {client.post("/form", data={"_csrf": one}).status_code for one in changed if one != token}

    assert answers == {403}


@pytest.fixture
def tokens_of_one_app(app):
    client, stranger = app.test_client(), app.test_client()
    return client, token_from(client), token_from(stranger)


@pytest.mark.long
@given(content=st.binary(max_size=200), place=st.sampled_from(["header", "field", "body", "file", "multipart", "type"]))
@hypothesis_settings(max_examples=500, **ON_ONE_APP)
def test_whatever_bytes_come_in_place_of_a_token_it_is_refused_and_never_a_fault_of_ours(
    client_of_one_app, content, place
):
    multipart, form = "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"
    text = content.decode("latin-1")
    ways = {
        "header": {"environ_overrides": {"HTTP_X_CSRF_TOKEN": text}},
        "field": {"data": b"_csrf=" + content, "content_type": form},
        "body": {"data": content, "content_type": form},
        "file": {"data": {"_csrf": (BytesIO(content), "token")}},
        "multipart": {"data": b"--x\r\nContent-Disposition: form-data; name=" + content, "content_type": multipart},
        "type": {"data": b"_csrf=x", "environ_overrides": {"CONTENT_TYPE": "multipart/form-data; boundary=" + text}},
    }

    assert client_of_one_app.post("/form", **ways[place]).status_code in (400, 403, 413)


@pytest.fixture
def client_of_one_app(app):
    client = app.test_client()
    token_from(client)
    return client


def test_a_form_beyond_the_limit_is_too_large_and_not_forged(make_app):
    client = with_pages(make_app(max_content_length=100)).test_client()

    assert client.post("/form", data={"text": "x" * 200}).status_code == 413


# The answer


def test_a_refusal_says_what_to_do_and_never_repeats_what_came(client):
    expired = client.post("/form", data={"_csrf": "x" * 64})
    forged = client.post("/form", headers=sender("cross-site", EVIL))

    assert "Go back, reload the page, and send it again." in expired.text
    assert "from another site" in forged.text
    assert "evil" not in forged.text


def test_a_refusal_is_logged_once_without_token_or_cookie(client, caplog):
    token = token_from(client)
    caplog.clear()

    client.post("/form", data={"_csrf": token}, headers=sender("cross-site", EVIL))

    (record,) = [record for record in caplog.records if record.name == "carboy.web"]
    told = repr(vars(record))
    assert (record.endpoint, record.origin, record.sec_fetch_site) == ("form", EVIL, "cross-site")
    assert token not in told
    assert client.get_cookie("session").value not in told


def test_caches_are_told_what_was_decided_by(client):
    answers = [client.post("/form"), client.post("/form", data={"_csrf": token_from(client)})]

    assert [{"sec-fetch-site", "origin"} <= {name.lower() for name in answer.vary} for answer in answers] == [True] * 2
    assert "Origin" not in client.get("/form").vary


def test_a_page_with_a_token_is_kept_by_no_cache(app):
    @app.get("/cached")
    @public
    def cached():
        return render_template_string("{{ csrf_field() }}"), {"Cache-Control": "public, max-age=60"}

    client = app.test_client()
    token_from(client)

    assert client.get("/cached").headers["Cache-Control"] == "no-store"


# The API


@pytest.fixture
def known_as(app):
    """Make every request come from this asker."""
    return lambda who: authenticator(app, lambda _: who) or app.test_client()


ADA = Identity(UUID(int=7), frozenset(), None, "session")


@pytest.mark.parametrize("who", [ANONYMOUS, Identity(None, frozenset(), None, "key:ci", ambient=False)])
def test_the_api_asks_nothing_of_strangers_and_of_who_brought_what_no_browser_sends_unasked(known_as, who):
    answer = known_as(who).post("/api/v1/things", headers=sender("cross-site", EVIL))

    assert answer.status_code == 200


@pytest.mark.parametrize("who", [ADA, Identity(None, frozenset(), None, "certificate:ada")])
@pytest.mark.parametrize(
    ("site", "origin", "status"),
    [
        ("same-origin", None, 200),
        ("cross-site", EVIL, 403),
        ("same-site", None, 403),
        (None, OURS, 200),
        (None, EVIL, 403),
        (None, None, 403),
    ],
)
def test_who_is_known_by_what_a_browser_sends_unasked_sends_from_our_pages_alone(known_as, who, site, origin, status):
    client = known_as(who)

    assert client.post("/api/v1/things", json={}, headers=sender(site, origin)).status_code == status
    assert client.delete("/api/v1/things", headers=sender(site, origin)).status_code == status
    assert client.get("/api/v1/things", headers=sender(site, origin)).status_code == 200


def test_the_api_takes_the_token_of_a_browser_that_says_nothing(known_as):
    client = known_as(ADA)

    answer = client.post("/api/v1/things", json={}, headers={"X-CSRF-Token": token_from(client)})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_the_api_takes_no_body_that_a_form_can_send_even_from_our_pages(known_as, media):
    client = known_as(ADA)

    answer = client.post("/api/v1/things", data=b"{}", content_type=media, headers=sender("same-origin"))

    assert answer.status_code == 415


def test_an_error_of_the_api_is_a_problem_that_names_its_code(known_as):
    answer = known_as(ADA).post("/api/v1/things", json={}, headers=sender("cross-site", EVIL))

    assert (answer.status_code, answer.json["code"]) == (403, "csrf-failed")


# A visitor, whom the session names and no identity


@pytest.fixture
def visited(app):
    """A browser that was given a name, and where it may send something."""
    app.add_url_rule("/api/v1/visits", view_func=public(visitor), methods=["POST", "DELETE"])
    client = app.test_client()
    client.post("/api/v1/visits")
    return client


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    ("site", "origin", "status"),
    [
        ("same-origin", None, 200),
        ("same-site", None, 403),
        ("cross-site", EVIL, 403),
        ("cross-site", "https://admin.example.org", 200),
        (None, OURS, 200),
        (None, EVIL, 403),
        (None, None, 403),
    ],
)
def test_what_a_visitor_may_do_is_done_from_our_pages_alone(visited, method, site, origin, status):
    answer = visited.open("/api/v1/visits", method=method, headers=sender(site, origin))

    assert answer.status_code == status


def test_a_visitor_who_brings_what_no_browser_sends_unasked_is_asked_nothing(visited, known_as):
    known_as(Identity(None, frozenset(), None, "key:ci", ambient=False))

    assert visited.delete("/api/v1/visits", headers=sender("cross-site", EVIL)).status_code == 200


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), (None, 200), ("same-site", 403), ("cross-site", 403)]
)
@pytest.mark.usefixtures("visited")
def test_no_other_site_makes_a_stranger_a_visitor(app, site, status):
    stranger = app.test_client()

    answer = stranger.post("/api/v1/visits", headers=sender(site))

    assert answer.status_code == status
    assert (stranger.get_cookie("session") is not None) == (status == 200)


def test_another_site_may_link_to_what_makes_a_visitor_and_call_a_webhook_that_does(app):
    @app.post("/api/v1/hook")
    @public
    @accepts_foreign_posts
    def hook():
        return visitor()

    app.add_url_rule("/linked", view_func=public(visitor))

    linked = app.test_client().get("/linked", headers=sender("cross-site"))
    called = app.test_client().post("/api/v1/hook", headers=sender("cross-site", EVIL))

    assert (linked.status_code, called.status_code) == (200, 200)


# Where it lives


def test_under_a_sub_path_a_form_works_as_anywhere(make_app):
    client = with_pages(make_app(script_name="/shop")).test_client()

    token = token_from(client, "/shop/form")

    assert client.post("/shop/form", data={"_csrf": token}, headers=sender(origin=OURS)).status_code == 200


@pytest.mark.parametrize(("mode", "status"), [("development", 200), ("testing", 200), ("staging", 403)])
def test_a_developer_may_use_any_port_and_visitors_only_the_public_address(make_app, deployed, mode, status):
    client = with_pages(make_app(**{**deployed, "mode": mode})).test_client()
    here = {"base_url": "https://shop.example.org:8443"}

    token = token_from(client, **here)
    answer = client.post("/form", data={"_csrf": token}, headers=sender(origin=here["base_url"]), **here)

    assert answer.status_code == status


def test_behind_a_proxy_the_public_address_is_ours(make_app, deployed):
    client = with_pages(make_app(**deployed, proxy_fix=(1, 1, 1, 0, 0))).test_client()
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.example.org", "Host": "10.0.0.7:8000"}
    page = client.get("/form", headers=proxied)
    form = {"data": {"_csrf": re.search('value="(.+)"', page.text)[1]}, "base_url": "https://shop.example.org"}

    ours = client.post("/form", **form, headers=proxied | sender(origin="https://shop.example.org"))
    inner = client.post("/form", **form, headers=proxied | sender(origin="http://10.0.0.7:8000"))

    assert (ours.status_code, inner.status_code) == (200, 403)


@pytest.mark.parametrize("origin", ["*", "null", EVIL])
def test_nobody_is_trusted_by_a_wild_card(make_app, origin):
    client = with_pages(make_app(csrf_trusted_origins=("*", "null"))).test_client()

    answer = client.post("/form", data={"_csrf": token_from(client)}, headers=sender("cross-site", origin))

    assert answer.status_code == 403


@pytest.mark.parametrize("port", ["", ":443"])
def test_the_usual_port_makes_no_other_origin(make_app, deployed, port):
    client = with_pages(make_app(**{**deployed, "app_base_url": f"https://shop.example.org{port}"})).test_client()
    here = {"base_url": "https://shop.example.org"}

    token = token_from(client, **here)
    answer = client.post("/form", data={"_csrf": token}, headers=sender(origin=here["base_url"]), **here)

    assert answer.status_code == 200


# What the documents say


def test_the_form_of_the_how_to_page_works_and_only_with_its_token(make_app, project):
    page = (Path(__file__).parents[2] / "docs/how-to/forms.md").read_text()
    template, view = (re.search(rf"```{language}\n(.*?)```", page, re.DOTALL)[1] for language in ("html", "python"))
    (project / "shop/templates/guestbook.html").write_text(template)
    (project / "shop/guestbook.py").write_text(view)
    client = make_app(features=["shop.guestbook"]).test_client()

    token = re.search('name="_csrf" value="(.+?)"', client.get("/guestbook").text)[1]

    assert client.post("/guestbook", data={"name": "Ada"}).status_code == 403
    assert client.post("/guestbook", data={"name": "Ada", "_csrf": token}).status_code == 303
