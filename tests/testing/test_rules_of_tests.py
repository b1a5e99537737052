"""Routes that are compiled once are the same routes."""

from flask import Flask, url_for
from werkzeug.routing import Rule

from carboy.testing.rules import compile_once


def an_app(prefix="", **defaults):
    app = Flask("shop")
    app.add_url_rule(f"{prefix}/orders/<int:number>", "order", lambda number: f"{number}")
    app.add_url_rule("/pages/", "pages", lambda page: f"{page}", defaults=defaults or {"page": 1})
    return app


def test_what_is_compiled_once_builds_the_addresses_of_each_application():
    compile_once()

    for app, prefix in ((an_app(), ""), (an_app("/old"), "/old"), (an_app(page=2), "")):
        with app.test_request_context():
            assert url_for("order", number=7, sort="a b") == f"{prefix}/orders/7?sort=a+b"
        assert app.test_client().get(f"{prefix}/orders/7").text == "7"
    assert an_app(page=2).test_client().get("/pages/").text == "2"


def test_the_second_application_compiles_nothing(monkeypatch):
    compile_once()
    an_app()
    monkeypatch.setattr(Rule, "_get_func_code", None)

    an_app()
