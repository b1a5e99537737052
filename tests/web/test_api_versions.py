"""Two versions of an API live in one application: what has not changed is shared, and the old one announces its end.

It runs what docs/how-to/api-versions.md shows.
"""

import sys
from datetime import date
from types import ModuleType

import pytest
from flask import Blueprint, abort, jsonify, url_for
from sqlalchemy import event

from carboy.app import create_app
from carboy.data.flask import data_of, db
from carboy.errors import Conflict, SetupError
from carboy.web import public
from carboy.web.versions import ApiVersion

OLD = ApiVersion("v1", deprecated=date(2030, 1, 1), sunset=date(2030, 7, 1), successor="/api/v2")
NEW = ApiVersion("v2", mounts="shop.api_v2")


def break_at_commit():
    def refuse(_session):
        raise Conflict("Taken.")

    event.listen(db().session, "before_commit", refuse)
    return "stored"


@pytest.fixture
def features(project, monkeypatch):
    """Todos, which both versions share; and parcels, of which the second has another."""
    todos, parcels, other_parcels = (Blueprint(name, "shop") for name in ("todos", "parcels", "parcels"))
    todos.add_url_rule("/todos", "list", public(lambda: jsonify(here=url_for(".list"))))
    parcels.add_url_rule("/parcels", "list", public(lambda: jsonify(weight="3 lb")))
    parcels.add_url_rule("/parcels/lost", "lost", public(lambda: abort(410)))
    parcels.add_url_rule("/parcels/taken", "taken", public(break_at_commit), methods=["POST"])
    other_parcels.add_url_rule("/parcels", "list", public(lambda: jsonify(grams=1361)))

    def plug(name, *blueprints):
        module = ModuleType(name)
        module.register = lambda _app, api: [api.register_blueprint(one) for one in blueprints]
        monkeypatch.setitem(sys.modules, name, module)

    plug("shop.todos", todos)
    plug("shop.parcels", parcels)
    plug("shop.api_v2", todos, other_parcels)
    return ("shop.todos", "shop.parcels")


@pytest.fixture
def build(features, make_settings):
    made = []

    def build(*apis, **values):
        made.append(create_app("shop", make_settings(**values), features=features, **({"apis": apis} if apis else {})))
        made[-1].testing = False
        return made[-1]

    yield build
    for app in made:
        data_of(app).database.close()


def test_there_is_one_version_unless_somebody_says_otherwise(build):
    client = build().test_client()

    answers = [client.get(path) for path in ("/api/v1/todos", "/api/v2/todos")]

    assert [answer.status_code for answer in answers] == [200, 404]
    assert {"Deprecation", "Sunset", "Link"}.isdisjoint(answers[0].headers.keys())


def test_a_shared_feature_is_in_both_and_speaks_of_its_own_addresses(build):
    client = build(OLD, NEW).test_client()

    answers = [client.get(f"/api/{version}/todos").json for version in ("v1", "v2")]

    assert answers == [{"here": "/api/v1/todos"}, {"here": "/api/v2/todos"}]


def test_a_feature_that_has_changed_is_another_in_each(build):
    client = build(OLD, NEW).test_client()

    answers = [client.get(f"/api/{version}/parcels").json for version in ("v1", "v2")]

    assert answers == [{"weight": "3 lb"}, {"grams": 1361}]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "todos", 200), ("OPTIONS", "todos", 200), ("GET", "parcels/lost", 410), ("GET", "nothing", 404),
        ("DELETE", "todos", 405), ("POST", "parcels/taken", 409),
    ],
)  # fmt: skip
def test_every_answer_of_an_old_version_announces_its_end(build, method, path, status):
    answer = build(OLD, NEW).test_client().open(f"/api/v1/{path}", method=method)

    assert answer.status_code == status
    assert answer.headers["Deprecation"] == "@1893456000"
    assert answer.headers["Sunset"] == "Mon, 01 Jul 2030 00:00:00 GMT"
    assert answer.headers["Link"] == '</api/v2>; rel="successor-version"'


@pytest.mark.parametrize("path", ["/api/v2/todos", "/api/v2/nothing", "/api/v10/todos", "/api/v1x", "/", "/api"])
def test_nobody_else_announces_an_end(build, path):
    answer = build(OLD, NEW).test_client().get(path)

    assert {"Deprecation", "Sunset", "Link"}.isdisjoint(answer.headers.keys())


def test_the_successor_lies_under_the_same_sub_path(build):
    answer = build(OLD, NEW, script_name="/shop").test_client().get("/shop/api/v1/todos")

    assert answer.headers["Link"] == '</shop/api/v2>; rel="successor-version"'


def test_a_successor_elsewhere_is_named_as_it_is(build):
    moved = ApiVersion("v1", successor="https://api.example.org/v2")

    answer = build(moved).test_client().get("/api/v1/todos")

    assert answer.headers["Link"] == '<https://api.example.org/v2>; rel="successor-version"'
    assert "Deprecation" not in answer.headers


def test_an_error_of_any_version_is_a_problem(build):
    client = build(OLD, NEW).test_client()

    answers = [client.get(path) for path in ("/api/v1/parcels/lost", "/api/v2/parcels/lost")]

    assert [(answer.mimetype, answer.json["code"]) for answer in answers] == [
        ("application/problem+json", "gone"), ("application/problem+json", "not-found"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("apis", "sentence"),
    [
        ((ApiVersion("v1"), ApiVersion("v1", mounts="shop.api_v2")), "none twice"),
        ((ApiVersion("v1"), ApiVersion("v2")), "nothing in it"),
        ((ApiVersion("v1.1"),), "cannot be the name"),
        ((ApiVersion("v1", deprecated=date(2030, 7, 1), sunset=date(2030, 1, 1)),), "before it is deprecated"),
    ],
)
def test_versions_that_cannot_be_are_refused_with_a_sentence(build, apis, sentence):
    with pytest.raises(SetupError, match=sentence):
        build(*apis)
