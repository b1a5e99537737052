"""Only our own host names are answered."""

import pytest


def ask(app, host, path="/"):
    return app.test_client().get(path, headers={"Host": host}).status_code


@pytest.fixture
def app(make_app):
    app = make_app(migrated=True, trusted_hosts=("shop.example.org", ".example.net"))
    app.add_url_rule("/", "home", lambda: "home")
    return app


@pytest.mark.parametrize(
    "host", ["shop.example.org", "SHOP.Example.ORG", "shop.example.org:8000", "example.net", "a.b.example.net"]
)
def test_our_own_names_are_answered_as_dns_compares_them(app, host):
    assert ask(app, host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.org", "evil.org:80", "a@shop.example.org", "shop.example.org@evil", "shop.example.org,evil.org",
        "shop.example.org.evil.org", "evilexample.net", "notshop.example.org", "shop.example.org:80x", "[::1]",
        "10.0.0.1", "shop.example.org/", "shop.example.org evil.org", "..", "shop.example.org:99999999",
        "shop.example.org:65536", "shop.example.org:0", "a..example.net", "-.example.net", ".example.net",
        "_x.example.net",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/static/app.css", "/nowhere"])
def test_strange_names_are_refused_everywhere(app, host, path):
    assert ask(app, host, path) == 400


def test_a_missing_host_is_refused(app):
    client = app.test_client()

    assert client.get("/", environ_overrides={"HTTP_HOST": ""}).status_code == 400


def test_a_strange_host_is_refused_before_any_other_hook_sees_it(app):
    seen = []
    app.before_request_funcs[None].append(lambda: seen.append(1))

    ask(app, "evil.org")

    assert seen == []


def test_probes_answer_whatever_the_host(app):
    assert (ask(app, "10.1.2.3:8080", "/livez"), ask(app, "evil.org", "/readyz")) == (200, 200)


@pytest.mark.parametrize(("mode", "host", "expected"), [
    ("development", "0.0.0.0", 200), ("development", "127.0.0.1", 400), ("testing", "0.0.0.0", 400),
])  # fmt: skip
def test_only_a_development_server_opened_to_the_network_answers_to_addresses(make_app, mode, host, expected):
    app = make_app(mode=mode, host=host)
    app.add_url_rule("/", "home", lambda: "home")

    assert ask(app, "192.168.1.5:5000") == expected
    assert ask(app, "evil.org") == 400


def test_a_redirect_stays_on_its_host_by_naming_none(app):
    app.add_url_rule("/folder/", "folder", lambda: "folder")

    answer = app.test_client().get("/folder", headers={"Host": "shop.example.org:666"})

    assert answer.headers["Location"] == "/folder/"


@pytest.mark.parametrize("path", ["//evil.org/x", "/\\evil.org", "//"])
def test_a_redirect_that_would_leave_once_its_host_is_gone_keeps_it(app, path):
    app.add_url_rule("/go", "go", lambda: ("", 302, {"Location": f"http://shop.example.org{path}"}))

    answer = app.test_client().get("/go", headers={"Host": "shop.example.org"})

    assert answer.headers["Location"].startswith("http://shop.example.org/")


def test_a_strange_host_is_refused_before_the_address_is_looked_at(make_app):
    app = make_app(script_name="/sub", trusted_hosts=("shop.example.org",))

    assert ask(app, "evil.org", "/elsewhere") == 400
