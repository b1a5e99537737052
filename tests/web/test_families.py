"""An API is told from the pages by its blueprint, or by its path; where nothing is, by what is asked for."""

import pytest
from flask import Blueprint, Flask, request

from carboy.web import families, public


@pytest.fixture
def app(make_app):
    app = make_app(script_name="")
    outer, inner = Blueprint("partners", "shop", url_prefix="/partners"), Blueprint("orders", "shop")
    inner.add_url_rule("/orders", "orders", public(tell), methods=["POST"])
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    families.add(app, "partners", "/partners")
    app.add_url_rule("/page", "page", public(tell))
    app.add_url_rule("/api/v1/page", "page_in_between", public(tell))
    app.add_url_rule("/api/theirs", "theirs", public(tell))
    app.after_request(note_the_family)
    return app


def tell():
    return ""


def note_the_family(response):
    response.headers["X-Family"] = families.api_of(request) or "pages"
    response.headers["X-Is-Api"] = str(families.is_api(request))
    return response


@pytest.mark.parametrize(
    ("method", "path", "family"),
    [
        ("POST", "/partners/orders", "partners"), ("GET", "/partners/orders", "partners"),
        ("GET", "/partners", "partners"), ("GET", "/partnership", "pages"),
        ("GET", "/page", "pages"), ("GET", "/api/v1/page", "api_v1"), ("GET", "/api/theirs", "pages"),
        ("GET", "/api/v1/nothing", "api_v1"), ("GET", "/api/v9", "api"), ("GET", "/api", "api"),
        ("GET", "/apiary", "pages"), ("GET", "/", "pages"),
    ],
)  # fmt: skip
def test_a_route_tells_by_its_blueprint_and_the_path_tells_whoever_registered_it(app, method, path, family):
    answer = app.test_client().open(path, method=method)

    assert answer.headers["X-Family"] == family
    assert answer.headers["X-Is-Api"] == str(family != "pages")


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        ("application/json", "application/problem+json"), ("application/problem+json", "application/problem+json"),
        ("application/json, text/plain, */*", "application/problem+json"),
        ("application/json;charset=utf-8", "application/problem+json"),
        ("text/html;q=0, application/json", "application/problem+json"),
        ("*/*", "text/html"), (None, "text/html"), ("", "text/html"), ("text/html, application/json", "text/html"),
        ("application/xhtml+xml,application/json;q=0.9", "text/html"), ("application/json;q=0", "text/html"),
        ("image/png", "text/html"),
    ],
)  # fmt: skip
def test_where_nothing_is_json_is_for_those_who_ask_for_it_and_for_no_page(app, accept, mimetype):
    answer = app.test_client().get("/nowhere", headers={} if accept is None else {"Accept": accept})

    assert (answer.status_code, answer.mimetype) == (404, mimetype)


def test_what_is_asked_for_does_not_make_an_api_of_a_page(app):
    answer = app.test_client().get("/nowhere", headers={"Accept": "application/json"})

    assert answer.headers["X-Is-Api"] == "False"


@pytest.mark.parametrize(
    "accept",
    [";", ",", "a", "a/", "/", "*/", "*/b", "a/b;q=x", "a/b;q=9e999", "a/b;q=-1", "é/ü", "\xff" * 9, "a/b;" * 99],
)
def test_nonsense_is_never_an_error_of_ours(app, accept):
    answer = app.test_client().get("/nowhere", headers={"Accept": accept})

    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_under_a_sub_path_it_is_the_same(make_app):
    client = make_app(script_name="/shop").test_client()

    answers = [client.get(path).mimetype for path in ("/shop/api/v1/nothing", "/shop/nothing", "/api/v1/nothing")]

    assert answers == ["application/problem+json", "text/html", "application/problem+json"]


def test_two_applications_have_each_their_own():
    one, other = Flask("one"), Flask("other")

    families.add(one, "partners", "/partners/")

    with one.test_request_context("/partners/x"):
        assert families.api_of(request) == "partners"
    with other.test_request_context("/partners/x"):
        assert families.api_of(request) is None


def test_an_api_may_be_all_there_is():
    app = Flask("one")

    families.add(app, "everything", "/")

    with app.test_request_context("/whatever"):
        assert families.is_api(request)


def test_an_environ_that_is_used_again_is_asked_anew(app):
    environ = app.test_client().get("/api/v1/page").request.environ
    with app.request_context(environ):
        assert families.api_of(request) == "api_v1"

    with app.request_context(environ | {"PATH_INFO": "/page"}):
        assert families.api_of(request) is None
