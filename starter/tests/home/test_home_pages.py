import re
from pathlib import Path

import pytest
from carboy.web import public
from flask import render_template

from starter import create_app
from starter.features import FEATURES
from starter.home import domain

TEMPLATES = Path(domain.__file__).parents[1] / "templates"
ERRORS = [400, 403, 404, 405, 409, 413, 422, 429, 500, 503]
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
ELSEWHERE = re.compile(r"""(?:src|href)=["'](?:https?:)?//""", re.IGNORECASE)


def error_page(app, status, **words):
    words = {"title": "A mishap", "detail": "", "request_id": "r-17"} | words
    with app.test_request_context("/", base_url="http://localhost/"):
        return render_template([f"errors/{status}.html", "errors/error.html"], status=status, **words)


def status_of(client, path):
    with client.get(path) as answer:
        return answer.status_code


def test_the_first_page_shows_a_developer_around(client):
    page = client.get("/").text

    assert "What runs" in page
    assert all(place.name in page for place in domain.places(FEATURES))
    assert all(command.name in page for command in domain.COMMANDS)


def test_every_place_on_the_first_page_is_there():
    root = Path(domain.__file__).parents[2]

    assert [place.name for place in domain.places(FEATURES) if not (root / place.name).exists()] == []


@pytest.mark.parametrize("shown", [True, False])
def test_the_first_page_leads_to_the_api_where_its_page_is_shown(settings, shown):
    app = create_app(settings.model_copy(update={"api_docs": shown}))

    page = app.test_client().get("/")

    assert page.status_code == 200
    assert ('href="/api/v1/docs"' in page.text) is shown


def test_the_public_first_page_tells_nobody_what_it_runs_on(client, monkeypatch):
    monkeypatch.setattr(domain, "shows_workshop", lambda mode: False)

    page = client.get("/").text

    assert "Welcome to" in page
    assert not {word for word in ("Python", "Flask", "SQLAlchemy", "migrations/") if word in page}


def test_a_browser_that_asks_for_an_icon_by_itself_gets_one(client):
    with client.get("/favicon.ico") as answer:
        assert answer.status_code == 200
        assert answer.mimetype == "image/svg+xml"


def test_every_address_on_the_first_page_leads_somewhere(client):
    page = client.get("/").text

    paths = {path for path in re.findall(r'(?:href|src)="(/[^"#]*)"', page) if not path.startswith("/readyz")}

    assert {path: code for path in paths if (code := status_of(client, path)) != 200} == {}


@pytest.mark.settings(script_name="/sub")
def test_every_address_on_a_page_stays_under_the_mount(client):
    pages = client.get("/sub/").text + client.get("/sub/nowhere").text

    paths = re.findall(r'(?:href|src)="(/[^"]*)"', pages)

    assert len(paths) > 10
    assert [path for path in paths if not path.startswith("/sub/")] == []


def test_a_first_page_carries_nothing_that_the_content_policy_forbids(client):
    page = client.get("/").text

    assert INLINE.findall(page) == []
    assert ELSEWHERE.findall(page) == []


@pytest.mark.parametrize("under", ["", "/static", "/templates", "/static/../templates", "/static/%2e%2e/templates"])
def test_the_source_of_a_page_cannot_be_had(client, under):
    sources = [path.relative_to(TEMPLATES) for path in TEMPLATES.rglob("*.html")]

    found = [path for path in sources if status_of(client, f"{under}/{path}") != 404]

    assert sources
    assert found == []


def test_what_is_not_there_is_not_found_whatever_is_asked_of_it(client):
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    assert {client.open("/nowhere", method=method).status_code for method in methods} == {404}


def test_an_address_that_is_nowhere_gets_a_page_with_a_way_home(client):
    answer = client.get("/nowhere")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert '<a class="ui primary button" href="/">Back to the start</a>' in answer.text


@pytest.mark.parametrize("status", ERRORS)
def test_every_error_page_says_what_happened_what_to_do_and_whom_to_name(app, status):
    page = error_page(app, status, detail="The title is too long.")

    said = re.findall(r"<h1>\w[^<]{5,}</h1>|The title is too long\.|<p>\w[^<]{20,}|Back to the start|r-17", page)
    assert len(said) == 5
    assert INLINE.findall(page) == []


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_page_stands_even_when_the_session_is_broken(app, status, monkeypatch):
    def broken(**kwargs):
        raise ConnectionError("no session today")

    monkeypatch.setitem(app.jinja_env.globals, "get_flashed_messages", broken)

    assert "Back to the start" in error_page(app, status)


def test_a_fault_of_ours_gets_our_page_and_tells_nothing_of_itself(app, client):
    app.add_url_rule("/broken", view_func=public(lambda: {}["the secret"]))
    app.testing = False

    answer = client.get("/broken")

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "secret" not in answer.text


def test_what_an_error_page_is_told_is_text_and_never_markup(app):
    page = error_page(app, 422, title="<b>bold</b>", detail="<script>x</script>", request_id='"><i>')

    assert not re.search(r"<b>|<script>|<i>", page)
