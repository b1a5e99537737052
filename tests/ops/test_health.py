"""Is it alive, is it ready, how is it?"""

import socket
import threading

import pytest

from carboy.data.flask import data_of
from carboy.ops import health

REVISION = 'revision = "a1"\ndown_revision = None\ndef upgrade(): pass\ndef downgrade(): pass\n'


def test_a_fresh_application_is_alive_ready_and_well(make_app):
    app = make_app()
    data_of(app).migrations.upgrade(data_of(app).database)
    client = app.test_client()

    assert [client.get(path).status_code for path in ("/livez", "/readyz", "/health")] == [200, 200, 200]
    assert client.get("/health").json["detail"].startswith("System up and running for 0 seconds")


@pytest.fixture
def broken(make_app):
    return make_app(database_url="postgresql://nobody:s3cret@127.0.0.1:1/nowhere", database_busy_seconds=1.0)


def test_without_its_database_it_is_alive_but_not_ready(broken):
    client = broken.test_client()

    assert [client.get(path).status_code for path in ("/livez", "/readyz", "/health")] == [200, 503, 503]


def test_a_database_that_says_nothing_makes_it_unready_and_holds_nobody_for_ever(make_app):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = make_app(
            database_url=f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/nowhere", database_busy_seconds=1.0
        )

        assert app.test_client().get("/readyz").status_code == 503


def test_a_probe_tells_nothing_and_health_only_names(broken):
    client = broken.test_client()

    told = client.get("/readyz").text + client.get("/health").text

    assert "s3cret" not in told
    assert "127.0.0.1" not in told
    assert client.get("/health").json["checks"]["database"] == "failing"


def test_a_pending_migration_makes_it_unready_until_it_is_run(make_app, project):
    versions = project / "migrations/versions"
    versions.mkdir(parents=True)
    (versions / "first.py").write_text(REVISION)
    app = make_app()
    client = app.test_client()

    before = client.get("/readyz").status_code
    data_of(app).migrations.upgrade(data_of(app).database)

    assert (before, client.get("/readyz").status_code) == (503, 200)


def test_an_unmigrated_database_is_refused_with_what_to_run(make_app, project, caplog):
    versions = project / "migrations/versions"
    versions.mkdir(parents=True)
    (versions / "first.py").write_text(REVISION)
    app = make_app()
    app.add_url_rule("/list", "list", lambda: str(data_of(app).database.session))

    answer = app.test_client().get("/list")

    assert answer.status_code == 503
    assert "flask db upgrade" in caplog.text
    assert "flask db upgrade" not in answer.text


def test_a_page_that_needs_no_database_is_served_without_one(broken):
    broken.add_url_rule("/", "home", lambda: "home")

    assert broken.test_client().get("/").text == "home"


def test_a_database_that_a_newer_release_migrated_is_served(make_app, project):
    versions = project / "migrations/versions"
    versions.mkdir(parents=True)
    (versions / "first.py").write_text(REVISION)
    newer = versions / "second.py"
    newer.write_text(REVISION.replace('"a1"', '"b2"').replace("None", '"a1"'))
    app = make_app()
    data_of(app).migrations.upgrade(data_of(app).database)
    newer.unlink()

    assert app.test_client().get("/readyz").status_code == 200


def test_a_room_can_add_a_check_of_its_own(make_app):
    app = make_app()
    app.extensions["carboy.health"].checks["queue"] = lambda: 1 / 0

    answer = app.test_client().get("/health")

    assert (answer.status_code, answer.json["checks"]["queue"]) == (503, "failing")


def test_looking_at_the_health_of_a_missing_sqlite_file_does_not_make_one(make_app, project):
    app = make_app()

    app.test_client().get("/readyz")

    assert not (project / "instance").exists()


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_a_probe_has_the_headers_of_every_answer_and_takes_no_other_method(make_app, path):
    client = make_app(migrated=True).test_client()

    head, post = client.head(path), client.post(path)

    assert (head.status_code, head.data) == (200, b"")
    assert {"X-Frame-Options", "X-Request-ID", "Content-Security-Policy"} <= set(dict(head.headers))
    assert (post.status_code, post.headers["Allow"]) == (405, "GET, HEAD")


def test_a_check_that_hangs_is_looked_at_once_and_holds_nobody(make_app, monkeypatch):
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.1)
    app = make_app(migrated=True)
    answer_at_last, calls = threading.Event(), []
    app.extensions["carboy.health"].checks["queue"] = lambda: calls.append(1) or answer_at_last.wait(10)
    client = app.test_client()

    held = [client.get("/readyz").status_code for _ in range(5)]
    told = client.get("/health").json["checks"]
    answer_at_last.set()

    assert held == [503] * 5
    assert calls == [1]
    assert told == {"database": "ok", "migrations": "ok", "queue": "failing"}
