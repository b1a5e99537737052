"""A built single-page application is served from two folders.

It runs what docs/how-to/single-page-app.md shows.
"""

import pytest

HASHED = ["app.4f9d8c2e.js", "index-B7PI925R.js"]
PLAIN = ["logo.svg", "logo-1024x1024.png", "report-20260101.js", "bootstrap-5.min.js"]
HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def client(make_app, project):
    assets = project / "dist/assets"
    assets.mkdir(parents=True)
    (project / "dist/index.html").write_text("<title>spa</title>")
    (project / "dist/secret.html").write_text("{{ config }}")
    (assets / "app.4f9d8c2e.js").write_text("hashed")
    for name in (*HASHED[1:], *PLAIN, ".env"):
        (assets / name).write_text("plain")
    (assets / "link.txt").symlink_to("/etc/hostname")
    app = make_app(template_dir=project / "dist", static_dir=assets)
    app.add_url_rule("/", "home", lambda: "home")
    app.add_url_rule("/login", "login", lambda: "login")
    return app.test_client()


@pytest.mark.parametrize("path", ["/", "/todos", "/todos/7/edit", "/a/b/c", "/healthy", "/metricsboard"])
def test_index_answers_every_page_address_and_is_never_stale(client, path):
    answer = client.get(path, headers=HTML, buffered=True)

    assert "spa" in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/v1/nothing",
        "/static/missing",
        "/secret.html",
        "/assets/missing.js",
        "/index.html.bak",
        "/healthz.txt",
    ],
)
def test_what_is_not_a_page_address_is_not_found(client, path):
    assert client.get(path, headers=HTML, buffered=True).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../secret.html", "/assets/%2e%2e/secret.html", "/assets/..%2fsecret.html", "/assets//etc/passwd",
        "/assets/.env", "/assets/link.txt",
    ],
)  # fmt: skip
def test_nothing_outside_the_folder_can_be_fetched(client, path):
    assert client.get(path, headers=HTML, buffered=True, follow_redirects=True).status_code == 404


@pytest.mark.parametrize("name", HASHED)
def test_a_file_with_a_hash_in_its_name_is_kept_for_ever(client, name):
    answer = client.get(f"/assets/{name}", buffered=True)

    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", PLAIN)
def test_a_file_without_a_hash_in_its_name_is_asked_for_again(client, name):
    assert client.get(f"/assets/{name}", buffered=True).headers["Cache-Control"] == "no-cache"


def test_pages_of_the_application_keep_their_addresses(client):
    assert client.get("/login", headers=HTML).text == "login"


def test_a_client_that_does_not_take_html_hears_not_found(client):
    assert client.get("/todos", headers={"Accept": "application/json"}).status_code == 404


def test_an_unknown_post_is_not_found_rather_than_not_allowed(client):
    assert client.post("/todos").status_code == 404


def test_without_the_folders_nothing_changes(make_app):
    assert make_app().test_client().get("/todos", headers=HTML).status_code == 404
