"""Static files are compressed, and those that a page names are kept for a year."""

import gzip
import re

import pytest
from flask import Blueprint, Flask, url_for

from carboy.web import assets

FOR_EVER = "public, max-age=31536000, immutable"
CSS = "body { color: black }\n" * 100
GZIP = {"Accept-Encoding": "br;q=1, gzip;q=0.8"}


@pytest.fixture
def static(tmp_path):
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "app.css").write_text(CSS)
    (folder / "small.css").write_text("a {}")
    (folder / "LICENSE").write_text("MIT" * 1000)
    (folder / "photo.png").write_bytes(b"\x89PNG" * 1000)
    (folder / "built.0123456789ab.js").write_text("let a;" * 1000)
    (folder / "v1.2").mkdir()
    (folder / "v1.2" / "LICENSE").write_text("MIT" * 1000)
    (folder / ".well-known").write_text("MIT" * 1000)
    (folder / "deep" / "down").mkdir(parents=True)
    (folder / "deep" / "down" / "a.b.js").write_text("let b;" * 1000)
    (tmp_path / "secret.css").write_text(CSS)
    return folder


@pytest.fixture
def shop(static):
    app = Flask("shop", static_folder=str(static))
    app.register_blueprint(Blueprint("part", __name__, static_folder=str(static / "deep"), static_url_path="/part"))
    assets.init_app(app)
    return app


@pytest.fixture
def address(shop):
    """The address that a page gives to a file."""

    def build(filename, endpoint="static"):
        with shop.test_request_context():
            return url_for(endpoint, filename=filename)

    return build


def ask(shop, path, **headers):
    with shop.test_client().get(path, headers=headers) as answer:
        answer.get_data()
        return answer


@pytest.mark.parametrize(
    ("filename", "endpoint"),
    [("app.css", "static"), ("photo.png", "static"), ("deep/down/a.b.js", "static"), ("down/a.b.js", "part.static")],
)
def test_a_page_names_a_file_by_what_is_in_it_and_browsers_keep_it_for_a_year(
    shop, static, address, filename, endpoint
):
    named = address(filename, endpoint)

    answer = ask(shop, named)

    stem, _, ending = filename.rpartition(".")
    assert re.search(rf"/{re.escape(stem)}\.[0-9a-f]{{12}}\.{ending}$", named)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, FOR_EVER)
    folder = static if endpoint == "static" else static / "deep"
    assert answer.data == (folder / filename).read_bytes()


def test_a_file_that_changes_has_another_name_at_once(address, static):
    before = address("app.css")
    (static / "app.css").write_text(CSS + "p {}")

    assert address("app.css") != before


@pytest.mark.parametrize("path", ["/static/app.css", "/static/app.000000000000.css"])
def test_another_name_leads_to_the_file_and_is_asked_for_again_each_time(shop, path):
    answer = ask(shop, path)

    assert (answer.status_code, answer.text) == (200, CSS)
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_file_whose_own_name_looks_like_ours_is_found_by_it(shop, address):
    assert ask(shop, "/static/built.0123456789ab.js").status_code == 200
    assert ask(shop, address("built.0123456789ab.js")).headers["Cache-Control"] == FOR_EVER


@pytest.mark.parametrize(
    "filename", ["LICENSE", "v1.2/LICENSE", ".well-known", "nothing.css", "../secret.css", "deep", ""]
)
def test_what_is_no_file_with_an_ending_keeps_its_name(address, filename):
    assert not re.search("[0-9a-f]{12}", address(filename))


@pytest.mark.parametrize(
    "name", ["../secret.css", "..%2fsecret.css", "../secret.0123456789ab.css", "nothing.css", "deep"]
)
def test_nothing_else_can_be_fetched(shop, name):
    assert ask(shop, f"/static/{name}").status_code == 404


def test_text_is_compressed_for_who_takes_it(shop, address):
    answer, plain = ask(shop, address("app.css"), **GZIP), ask(shop, address("app.css"))

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data).decode() == CSS == plain.text
    assert int(answer.headers["Content-Length"]) == len(answer.data) < len(CSS) / 5
    assert "Content-Encoding" not in plain.headers
    assert answer.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Type"] == plain.headers["Content-Type"]


@pytest.mark.parametrize("headers", [{"Accept-Encoding": "gzip;q=0"}, {"Accept-Encoding": "br"}])
def test_nobody_is_sent_what_they_do_not_take(shop, headers):
    assert ask(shop, "/static/app.css", **headers).text == CSS


@pytest.mark.parametrize("name", ["small.css", "photo.png"])
def test_what_would_gain_nothing_is_not_compressed(shop, name):
    assert "Content-Encoding" not in ask(shop, f"/static/{name}", **GZIP).headers


@pytest.mark.parametrize("sent", [{}, GZIP])
def test_what_is_asked_for_again_is_not_sent_again(shop, sent):
    first = ask(shop, "/static/app.css", **sent)

    again = ask(shop, "/static/app.css", **sent, **{"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Vary"] == "Accept-Encoding"


def test_a_part_is_of_the_plain_file(shop):
    part = ask(shop, "/static/app.css", Range="bytes=0-3", **GZIP)

    assert (part.status_code, part.data) == (206, b"body")


def test_who_asks_for_the_head_is_told_the_same(shop):
    with shop.test_client().head("/static/app.css", headers=GZIP) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.data == b""


def test_a_view_that_is_called_static_sends_what_it_says_and_no_file(shop, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    theirs = Blueprint("theirs", __name__)
    theirs.add_url_rule("/theirs/<path:filename>", "static", lambda filename: f"about {filename}")
    shop.register_blueprint(theirs)

    assert ask(shop, "/theirs/secret.css", **GZIP).text == "about secret.css"


def test_a_server_in_front_that_sends_the_file_itself_is_told_nothing_of_gzip(shop):
    shop.config["USE_X_SENDFILE"] = True

    answer = ask(shop, "/static/app.css", **GZIP)

    assert answer.headers["X-Sendfile"].endswith("app.css")
    assert "Content-Encoding" not in answer.headers


def test_what_a_view_answers_is_left_alone(shop):
    shop.add_url_rule("/text", view_func=lambda: CSS, endpoint="text")

    assert "Content-Encoding" not in ask(shop, "/text", **GZIP).headers
