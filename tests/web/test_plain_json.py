"""What a plain Flask view answers as JSON can be read by people too, whatever language they write."""

import json

import pytest
from flask import Flask, request
from flask.json.provider import DefaultJSONProvider

from carboy import web
from carboy.settings import adopt


class TheirOwn(DefaultJSONProvider):
    pass


KOREAN = "이름: 카보이 🍷"


@pytest.fixture
def written(make_app):
    """The bytes of what a plain view answers."""

    def answer(value):
        app = make_app()
        app.add_url_rule("/", "home", lambda: {"said": value})
        return app.test_client().get("/").data

    return answer


def test_a_plain_view_writes_text_of_any_language_as_it_is(written):
    assert KOREAN.encode() in written(KOREAN)


def test_half_a_surrogate_pair_of_a_plain_view_is_still_json(written):
    assert json.loads(written("\ud83c")) == {"said": "\ud83c"}


def test_an_application_that_writes_json_in_its_own_way_goes_on_doing_so(make_settings):
    app = Flask("shop")
    app.json = theirs = TheirOwn(app)
    adopt(app, make_settings())

    web.init_app(app)

    assert app.json is theirs


@pytest.mark.parametrize(
    "body",
    [b"[" * 20_000, b'{"a": NaN}', b'{"a": 1, "a": 2}', b'"\\ud800"', "[1]".encode("utf-16"), b"1e999", b"{", b""],
)
def test_a_plain_view_reads_json_as_strictly_as_an_endpoint_does(make_app, body):
    app = make_app()
    app.add_url_rule("/api/v1/echo", "api_v1.echo", lambda: {"read": request.get_json()}, methods=["POST"])

    answer = app.test_client().post("/api/v1/echo", data=body, content_type="application/json")

    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_plain_view_answers_with_no_number_that_json_does_not_have(make_app, number):
    app = make_app()
    app.add_url_rule("/", "home", lambda: {"said": number})

    with pytest.raises(ValueError, match="not JSON compliant"):
        app.test_client().get("/")
