"""SCRIPT_NAME: the application lives under a prefix of a host that others share."""

import pytest


@pytest.fixture
def app(make_app):
    app = make_app(migrated=True, script_name="/sub")

    @app.get("/")
    def home():
        from flask import url_for

        return url_for("about")

    @app.get("/about")
    def about():
        return "about"

    @app.get("/subway")
    def subway():
        return "never by this address"

    return app


def test_addresses_under_the_prefix_are_served_and_links_carry_it(app):
    answer = app.test_client().get("/sub/")

    assert (answer.status_code, answer.text) == (200, "/sub/about")


def test_the_bare_prefix_redirects_to_its_slash_and_keeps_the_query(app):
    answer = app.test_client().get("/sub?page=2")

    assert (answer.status_code, answer.headers["Location"]) == (308, "/sub/?page=2")


@pytest.mark.parametrize("path", ["/", "/about", "/subway", "/subway/about", "/other/sub/about"])
def test_what_is_not_under_the_prefix_is_not_found(app, path):
    assert app.test_client().get(path).status_code == 404


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health", "/sub/livez", "/sub/readyz", "/sub/health"])
def test_probes_answer_with_and_without_the_prefix(app, path):
    assert app.test_client().get(path).status_code == 200


@pytest.mark.parametrize("header", ["Script-Name", "X-Script-Name", "X-Forwarded-Prefix"])
def test_no_header_can_choose_a_prefix(make_app, header):
    app = make_app()
    app.add_url_rule("/", "home", lambda: __import__("flask").url_for("home"))

    answer = app.test_client().get("/", headers={header: "/evil"})

    assert answer.text == "/"


def test_a_prefix_in_the_servers_environ_is_overwritten(make_app):
    app = make_app()
    app.add_url_rule("/", "home", lambda: __import__("flask").url_for("home"))

    answer = app.test_client().get("/", environ_overrides={"SCRIPT_NAME": "/evil"})

    assert answer.text == "/"


def test_a_proxy_that_is_believed_may_choose_the_prefix(make_app):
    app = make_app(proxy_fix=(0, 0, 0, 0, 1))
    app.add_url_rule("/", "home", lambda: __import__("flask").url_for("home"))

    answer = app.test_client().get("/", headers={"X-Forwarded-Prefix": "/shop"})

    assert answer.text == "/shop/"


def test_the_redirect_to_the_slash_passes_what_every_request_passes(make_app, caplog):
    caplog.set_level("INFO", "carboy.access")
    app = make_app(script_name="/sub", trusted_hosts=("shop.example.org",))
    app.add_url_rule("/sub", "twice", lambda: "never by the bare prefix")

    strange = app.test_client().get("/sub", base_url="http://evil.example.com")
    ours = app.test_client().get("/sub", base_url="http://shop.example.org")

    assert (strange.status_code, ours.status_code) == (400, 308)
    assert ours.headers["X-Content-Type-Options"] == "nosniff"
    assert [line.status for line in caplog.records if line.name == "carboy.access"] == [400, 308]
