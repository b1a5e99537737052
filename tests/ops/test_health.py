"""Is it alive, is it ready, how is it?"""

import pytest

from carboy.data.flask import data_of

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
