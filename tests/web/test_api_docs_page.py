"""The API for people: a page of our own files, at an address of the API, that calls nobody else."""

import os
import re
import shutil
import subprocess
from threading import Thread

import pytest
from flask import Blueprint
from werkzeug.serving import make_server

from carboy.testing.servers import absent
from carboy.web.identity import public
from carboy.web.openapi.docs import add_docs

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "/sub"}],
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}},
    "paths": {
        "/api/v1/foss": {
            "get": {
                "operationId": "list_foss",
                "tags": ["foss"],
                "responses": {"200": {"description": "Some"}},
                "security": [{}, {"key": []}],
            },
            "post": {
                "operationId": "create_foss",
                "tags": ["foss"],
                "responses": {"201": {"description": "Made"}},
                "security": [{"key": []}],
            },
        }
    },
}
FOREIGN = re.compile(r"""(?:src|href)=["']?(?:https?:)?//""")


@pytest.fixture
def documented(make_app):
    def make(title="Shop", **values):
        app = make_app(**values)
        api = Blueprint("api_v9", "shop", url_prefix="/api/v9")
        add_docs(api, title=title)
        api.add_url_rule("/openapi.json", view_func=public(lambda: DOCUMENT), endpoint="document")
        app.register_blueprint(api)
        return app

    return make


def addresses_in(page):
    return re.findall(r'(?:src|href)="([^"]+)"', page)


def test_the_page_and_all_that_it_loads_are_there_for_anybody(documented):
    client = documented().test_client()

    page = client.get("/api/v9/docs")
    loaded = [
        client.get(f"/api/v9/{address}", buffered=True).status_code
        for address in addresses_in(page.text)
        if ":" not in address
    ]

    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert loaded == [200, 200, 200]


def test_the_page_loads_by_addresses_that_work_under_any_prefix(documented):
    page = documented(script_name="/sub").test_client().get("/sub/api/v9/docs").text

    assert not [address for address in addresses_in(page) if address.startswith(("/", "http"))]
    assert 'url: "openapi.json"' in page
    assert not FOREIGN.search(page)


def test_the_page_keeps_the_policy_of_every_page(documented):
    page = documented().test_client().get("/api/v9/docs")

    (nonce,) = set(re.findall(r'nonce="([^"]+)"', page.text))
    policy = page.headers["Content-Security-Policy"]
    assert f"script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}';" in policy
    assert "unsafe" not in policy


def test_a_title_is_text(documented):
    assert "<title>&lt;b&gt; API</title>" in documented("<b>").test_client().get("/api/v9/docs").text


def test_a_file_of_one_version_is_kept_for_ever(documented):
    client = documented().test_client()
    (style, *_) = [address for address in addresses_in(client.get("/api/v9/docs").text) if address.endswith(".css")]

    answer = client.get(f"/api/v9/{style}", buffered=True)

    assert re.fullmatch(r"docs/[0-9.]+/swagger-ui\.css", style)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", ["LICENSE", "../swagger-ui.css", "..%2fdocs.html", "swagger-ui.css/"])
def test_nothing_else_in_the_folder_is_served(documented, name):
    assert documented().test_client().get(f"/api/v9/docs/5.35.0/{name}").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/docs", "/api/v1/docs/5.35.0/swagger-ui.css"])
def test_there_is_no_page_where_it_is_not_wanted(make_app, path):
    shown, hidden = (make_app(api_docs=wanted).test_client().get(path, buffered=True) for wanted in (True, False))

    assert (shown.status_code, hidden.status_code) == (200, 404)


def test_who_deploys_shows_it_only_on_purpose(documented, make_settings, deployed):
    assert (make_settings().api_docs, make_settings(**deployed).api_docs) == (True, False)
    assert make_settings(**deployed, api_docs=True).api_docs


CHROMIUM = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr", "--v=0",
    "--virtual-time-budget=8000",
]  # fmt: skip


@pytest.fixture
def browse(tmp_path):
    """What a real browser draws, and what it complains of."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        absent("Chromium", "apt-get install chromium")

    def look(address):
        seen = subprocess.run(
            [program, *CHROMIUM, f"--user-data-dir={tmp_path / 'browser'}", "--dump-dom", address],
            capture_output=True, text=True, timeout=90, check=True, env={**os.environ, "no_proxy": "*"},
        )  # fmt: skip
        return seen.stdout, [line for line in seen.stderr.splitlines() if ":CONSOLE:" in line]

    return look


@pytest.fixture
def served():
    """Serve an application on a port of its own."""
    running = []

    def serve(app):
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.port}"

    yield serve
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.long
def test_a_browser_draws_every_operation_and_complains_of_nothing(documented, served, browse):
    host = served(documented(script_name="/sub"))

    drawn, complaints = browse(f"{host}/sub/api/v9/docs")

    assert set(re.findall(r'id="operations-foss-(\w+)"', drawn)) == {"list_foss", "create_foss"}
    assert complaints == []


@pytest.mark.long
def test_a_lock_is_drawn_only_where_a_key_is_needed(documented, served, browse):
    host = served(documented(script_name="/sub"))

    drawn, _ = browse(f"{host}/sub/api/v9/docs")

    operations = re.split(r'id="operations-foss-', drawn)[1:]
    assert {name.partition('"')[0]: "authorization__btn" in name for name in operations} == {
        "list_foss": False,
        "create_foss": True,
    }


@pytest.mark.long
def test_a_link_to_one_operation_opens_it(documented, served, browse):
    host = served(documented(script_name="/sub"))

    drawn, complaints = browse(f"{host}/sub/api/v9/docs#/foss/create_foss")

    assert drawn.count("Try it out") == 1
    assert [words for words in complaints if "Content Security Policy" in words] == []
