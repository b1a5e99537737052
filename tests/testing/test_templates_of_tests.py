"""Templates are compiled once in a test run, and shown as they are now."""

import pytest
from flask import Flask, render_template

from carboy.testing.templates import CompiledOnce


@pytest.fixture
def make_site(tmp_path):
    compiled = CompiledOnce()

    def make(text):
        (tmp_path / "page.html").write_text(text)
        app = Flask("shop", template_folder=str(tmp_path))
        app.jinja_env.bytecode_cache = compiled
        return app

    return make


def shown(app):
    with app.app_context():
        return render_template("page.html")


def test_a_second_application_compiles_nothing_that_the_first_has_compiled(make_site, monkeypatch):
    first = shown(make_site("{{ 6 * 7 }} bottles"))
    second = make_site("{{ 6 * 7 }} bottles")
    monkeypatch.setattr(second.jinja_env, "_compile", None)

    assert (first, shown(second)) == ("42 bottles", "42 bottles")


def test_a_template_that_was_changed_is_shown_as_it_is_now(make_site):
    was = shown(make_site("one bottle"))

    assert (was, shown(make_site("two bottles"))) == ("one bottle", "two bottles")


def test_the_application_of_each_test_has_it(app, carboy_templates):
    assert app.jinja_env.bytecode_cache is carboy_templates
