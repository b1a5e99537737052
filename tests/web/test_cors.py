"""Scripts of other sites may call the API if their origin is named, letter for letter; nobody else learns anything."""

import pytest
from flask import Blueprint, abort
from sqlalchemy import text

from carboy.data.flask import data_of, db
from carboy.errors import Invalid, Unauthenticated
from carboy.web import public

OURS = "https://shop.example.org"
API = "/api/v2"


@pytest.fixture
def make_api(make_app):
    def make(**values):
        app = make_app(**{"cors_origins": (OURS, "http://localhost:3000")} | values)
        app.testing = False
        app.config["PROPAGATE_EXCEPTIONS"] = False
        api = Blueprint("api", "shop", url_prefix=API)
        for name, view in VIEWS.items():
            api.add_url_rule(f"/{name}", name, public(view), methods=["GET", "POST"])
        api.add_url_rule("/closed", "closed", lambda: "for some", methods=["POST"])
        app.register_blueprint(api)
        app.add_url_rule("/page", "page", public(lambda: "a page"))
        return app

    return make


def break_at_commit():
    db().session.execute(text("INSERT INTO parcels VALUES (1, 99)"))
    return "stored"


def refuse(error):
    raise error


VIEWS = {
    "todos": lambda: {"items": []},
    "secret": lambda: refuse(Unauthenticated("", challenge="Bearer")),
    "invalid": lambda: refuse(Invalid("No.")),
    "bug": lambda: refuse(RuntimeError("a bug")),
    "gone": lambda: abort(410),
    "lost": break_at_commit,
}


@pytest.fixture
def client(make_api):
    return make_api().test_client()


def preflight(client, path=f"{API}/todos", origin=OURS, **headers):
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"} | headers
    return client.options(path, headers=asked)


def told_of_access(answer):
    return {name: value for name, value in answer.headers if name.startswith("Access-Control-")}


def test_it_is_off_by_default(make_api):
    client = make_api(cors_origins=()).test_client()

    answers = [client.get(f"{API}/todos", headers={"Origin": OURS}), preflight(client)]

    assert [told_of_access(answer) for answer in answers] == [{}, {}]
    assert ["Origin" in answer.vary for answer in answers] == [False, False]


@pytest.mark.parametrize("origin", [OURS, "http://localhost:3000"])
def test_a_named_origin_may_read_and_only_it_is_named(client, origin):
    answer = client.get(f"{API}/todos", headers={"Origin": origin})

    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert {"ETag", "Link", "Retry-After", "X-Request-ID"} <= set(
        answer.headers["Access-Control-Expose-Headers"].split(", ")
    )
    assert "Origin" in answer.vary


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "null", "*", "", "https://shop.example.org.evil.example", "https://evilshop.example.org",
        "http://shop.example.org", "https://shop.example.org:8443", "https://SHOP.example.org", "https://shop.example.org/",
        "https://shop.example.org, https://evil.example", "https://sub.shop.example.org",
    ],
)  # fmt: skip
def test_any_other_origin_is_told_nothing(client, origin):
    answers = [client.get(f"{API}/todos", headers={"Origin": origin}), preflight(client, origin=origin)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [told_of_access(answer) for answer in answers] == [{}, {}]
    assert all("Origin" in answer.vary for answer in answers)


def test_without_an_origin_a_cache_is_told_that_it_matters(client):
    answer = client.get(f"{API}/todos")

    assert told_of_access(answer) == {}
    assert "Origin" in answer.vary


@pytest.mark.parametrize("origins", [("*",), ("null",)])
def test_neither_everybody_nor_nobody_is_an_origin(make_api, origins):
    client = make_api(mode="development", cors_origins=origins).test_client()

    answer = client.get(f"{API}/todos", headers={"Origin": origins[0]})

    assert told_of_access(answer) == {}


def test_a_preflight_is_answered_with_what_the_address_has(client):
    answer = preflight(client, **{"Access-Control-Request-Headers": "x-made-up", "Authorization": "Bearer nonsense"})

    assert (answer.status_code, answer.data) == (204, b"")
    assert told_of_access(answer) == {
        "Access-Control-Allow-Origin": OURS,
        "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS, POST",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match,"
        " X-API-Key, X-Request-ID, *",
        "Access-Control-Max-Age": "600",
        "Access-Control-Expose-Headers": answer.headers["Access-Control-Expose-Headers"],
    }


@pytest.mark.parametrize("every_door_is_open", [False])
def test_a_preflight_needs_no_identity_and_a_script_may_read_that_the_request_does(client):
    first, then = preflight(client, f"{API}/closed"), client.post(f"{API}/closed", headers={"Origin": OURS})

    assert (first.status_code, then.status_code) == (204, 401)
    assert then.headers["Access-Control-Allow-Origin"] == OURS


def test_a_preflight_opens_no_transaction(make_api):
    app = make_api(database_url="sqlite:////nowhere/at/all_test.sqlite")

    assert preflight(app.test_client()).status_code == 204


def test_cookies_and_private_networks_are_never_let_in(client):
    answer = preflight(client, **{"Access-Control-Request-Private-Network": "true"})

    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Private-Network" not in answer.headers


@pytest.mark.parametrize("path", ["/page", "/nowhere"])
def test_pages_are_let_alone(client, path):
    answers = [client.get(path, headers={"Origin": OURS}), preflight(client, path)]

    assert [told_of_access(answer) for answer in answers] == [{}, {}]


def test_a_preflight_of_what_is_not_there_is_not_found(client):
    assert preflight(client, "/api/v1/nothing").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "secret", 401), ("GET", "invalid", 422), ("GET", "bug", 500), ("GET", "gone", 410),
        ("GET", "nothing", 404), ("PUT", "todos", 405), ("POST", "lost", 409),
    ],
)  # fmt: skip
def test_a_script_may_read_what_went_wrong(make_api, method, path, status):
    app = make_api(script_name="")
    make_tables(app)

    answer = app.test_client().open(f"{API}/{path}", method=method, headers={"Origin": OURS})

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.headers["Access-Control-Allow-Origin"] == OURS
    assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]


def make_tables(app):
    """A reference that is looked at when the transaction ends: the view goes well, and its commit does not."""
    with data_of(app).database.transaction() as session:
        session.execute(text("CREATE TABLE people (id INTEGER PRIMARY KEY)"))
        session.execute(
            text("CREATE TABLE parcels (id INTEGER, person INTEGER REFERENCES people DEFERRABLE INITIALLY DEFERRED)")
        )
