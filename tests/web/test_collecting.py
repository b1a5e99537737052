"""Static files are laid out for a web server in front, under the names that pages give them and no others."""

import gzip

import pytest
from flask import Blueprint, url_for

CSS = "body { color: black }\n" * 100


@pytest.fixture
def shop(make_app, project):
    folder = project / "shop" / "static"
    (folder / "deep").mkdir(parents=True)
    (folder / "app.css").write_text(CSS)
    (folder / "LICENSE").write_text("MIT")
    (folder / "deep" / "photo.png").write_bytes(b"\x89PNG" * 1000)
    (folder / ".hidden.css").write_text(CSS)
    app = make_app(script_name="/sub")
    app.register_blueprint(Blueprint("part", __name__, static_folder=str(folder / "deep"), static_url_path="/part"))
    return app


@pytest.fixture
def collect(shop, tmp_path):
    def run():
        done = shop.test_cli_runner().invoke(args=["static", "collect", str(tmp_path / "public")])
        assert done.exit_code == 0, done.output
        return tmp_path / "public"

    return run


def address(shop, filename, endpoint="static"):
    with shop.test_request_context(base_url="http://localhost/sub"):
        return url_for(endpoint, filename=filename)


@pytest.mark.parametrize(
    ("filename", "endpoint"), [("app.css", "static"), ("deep/photo.png", "static"), ("photo.png", "part.static")]
)
def test_a_file_lies_at_the_very_address_that_pages_give_it(shop, collect, project, filename, endpoint):
    named = address(shop, filename, endpoint)

    public = collect()

    source = project / "shop/static" / ("deep" if endpoint == "part.static" else "") / filename
    assert (public / named.lstrip("/")).read_bytes() == source.read_bytes()
    assert (public / named.lstrip("/")).stat().st_mode & 0o777 == 0o644


def test_it_lies_under_its_plain_name_too_and_text_lies_compressed_beside_the_other(shop, collect):
    static = collect() / "sub/static"

    names = {path.name for path in static.iterdir() if path.is_file()}

    named = address(shop, "app.css").rpartition("/")[2]
    assert names == {"app.css", named, f"{named}.gz", "LICENSE"}
    assert gzip.decompress((static / f"{named}.gz").read_bytes()).decode() == CSS


def test_a_new_release_leaves_the_names_of_the_last_one_as_they_were(shop, collect, project):
    before = address(shop, "app.css").lstrip("/")
    collect()
    (project / "shop/static/app.css").write_text("p {}")

    public = collect()

    assert (public / before).read_text() == CSS
    assert (public / address(shop, "app.css").lstrip("/")).read_text() == "p {}"
    assert (public / "sub/static/app.css").read_text() == "p {}"


def test_a_folder_that_cannot_be_written_is_said(shop, tmp_path):
    (tmp_path / "public").write_text("a file")

    done = shop.test_cli_runner().invoke(args=["static", "collect", str(tmp_path / "public" / "below")])

    assert done.exit_code == 1
    assert "cannot be written: Not a directory" in done.output
