"""Every answer carries the headers that protect a browser, whatever kind of answer it is."""

import pytest


@pytest.fixture
def app(make_app):
    app = make_app(migrated=True, max_content_length=10)
    app.add_url_rule("/page", "page", lambda: "page")
    app.add_url_rule("/data", "data", lambda: {"a": 1})
    app.add_url_rule("/form", "form", lambda: __import__("flask").request.form.get("a", ""), methods=["POST"])
    app.add_url_rule("/bug", "bug", lambda: 1 / 0)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


ANSWERS = [
    ("GET", "/page", 200), ("GET", "/data", 200), ("GET", "/nowhere", 404), ("POST", "/page", 405),
    ("GET", "/bug", 500), ("POST", "/form", 413), ("GET", "/livez", 200), ("GET", "/readyz", 200),
    ("GET", "/health", 200), ("HEAD", "/page", 200), ("OPTIONS", "/page", 200),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_is_protected_and_named(app, method, path, status):
    body = {"data": b"a=" + b"x" * 50, "content_type": "application/x-www-form-urlencoded"} if status == 413 else {}

    answer = app.test_client().open(path, method=method, **body)

    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src" in answer.headers["Content-Security-Policy"]


def test_pages_may_load_from_here_and_data_may_load_nothing(app):
    client = app.test_client()

    page, data = (client.get(path).headers["Content-Security-Policy"] for path in ("/page", "/data"))

    assert page.startswith("default-src 'self'; script-src 'self';")
    assert "frame-ancestors 'none'" in page
    assert data == "default-src 'none'; frame-ancestors 'none'"


def test_a_nonce_is_new_for_every_answer_and_stands_in_its_policy(app):
    from flask import render_template_string

    app.add_url_rule("/inline", "inline", lambda: render_template_string("{{ csp_nonce() }} {{ csp_nonce() }}"))
    client = app.test_client()

    first, second = client.get("/inline"), client.get("/inline")

    nonce = first.text.split()[0]
    assert first.text == f"{nonce} {nonce}"
    assert f"script-src 'self' 'nonce-{nonce}'" in first.headers["Content-Security-Policy"]
    assert nonce not in second.text


def test_a_view_that_sets_a_header_itself_is_left_alone(app):
    app.add_url_rule("/own", "own", lambda: ("own", {"Content-Security-Policy": "sandbox"}))

    assert app.test_client().get("/own").headers["Content-Security-Policy"] == "sandbox"


def test_an_answer_that_sets_a_cookie_is_stored_by_nobody(app):
    def remember():
        __import__("flask").session["a"] = 1
        return "remembered"

    app.add_url_rule("/remember", "remember", remember)

    answer = app.test_client().get("/remember")

    assert answer.headers["Cache-Control"] == "no-store"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_production_asks_for_https_for_a_year_and_guards_its_cookie(make_app, deployed):
    app = make_app(**deployed)

    def remember():
        __import__("flask").session["a"] = 1
        return "remembered"

    app.add_url_rule("/remember", "remember", remember)

    answer = app.test_client().get("/remember", base_url="https://shop.example.org")

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert answer.headers["Set-Cookie"].startswith("__Host-session=")
    assert "Secure" in answer.headers["Set-Cookie"]
