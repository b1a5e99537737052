"""The application factory opens nothing, shares nothing and refuses nothing that Flask allows."""

import subprocess
import sys
import threading
from itertools import count

import pytest
from flask import Flask
from flask_caching import Cache
from flask_cors import CORS
from sqlalchemy import event
from sqlalchemy.engine import Engine

from carboy import data, web
from carboy.data import Database
from carboy.data.flask import data_of, db
from carboy.errors import SetupError


def test_it_is_plain_flask(make_app):
    assert type(make_app()) is Flask


def test_making_an_application_runs_no_statement_and_starts_no_thread_and_writes_no_file(make_app, project):
    statements = []
    event.listen(Engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    threads, files = threading.active_count(), sorted(project.rglob("*"))

    make_app()

    assert statements == []
    assert threading.active_count() == threads
    assert [path for path in sorted(project.rglob("*")) if path not in files and "__pycache__" not in path.parts] == []


def test_two_applications_with_different_settings_live_in_one_process(make_app, project):
    one = make_app(app_name="One", database_url=f"sqlite:///{project}/one.sqlite", script_name="/one")
    two = make_app(app_name="Two", database_url=f"sqlite:///{project}/two.sqlite")
    for app in (one, two):
        app.add_url_rule("/", "home", lambda: db().url.database)

    first, second = one.test_client().get("/one/"), two.test_client().get("/")

    assert (first.text, second.text) == (f"{project}/one.sqlite", f"{project}/two.sqlite")


def test_features_register_in_order_and_share_one_api(make_app, project):
    for name in ("first", "second"):
        (project / f"shop/{name}.py").write_text(
            f"def register(app, api):\n    api.add_url_rule('/{name}', '{name}', lambda: '{name}')\n"
        )

    client = make_app(features=("shop.first", "shop.second")).test_client()

    assert [client.get(f"/api/v1/{name}").text for name in ("first", "second")] == ["first", "second"]


def test_popular_flask_extensions_are_added_by_the_factory(make_app):
    numbers, cache = count(), Cache(config={"CACHE_TYPE": "SimpleCache"})
    app = make_app(extensions=[cache, CORS(origins="https://friend.example.org")])
    app.add_url_rule("/count", "count", cache.cached()(lambda: str(next(numbers))))
    client = app.test_client()

    answers = [client.get("/count", headers={"Origin": "https://friend.example.org"}) for _ in range(2)]

    assert [answer.text for answer in answers] == ["0", "0"]
    assert answers[0].headers["Access-Control-Allow-Origin"] == "https://friend.example.org"


def test_popular_flask_extensions_can_be_added_afterwards_as_to_any_flask(make_app):
    app = make_app()
    numbers, cache = count(), Cache(config={"CACHE_TYPE": "SimpleCache"})
    cache.init_app(app)
    CORS(app)
    app.add_url_rule("/count", "count", cache.cached()(lambda: str(next(numbers))))
    client = app.test_client()

    assert [client.get("/count").text for _ in range(2)] == ["0", "0"]


def test_an_existing_application_can_take_the_data_room_alone(tmp_path):
    app = Flask("existing")
    database = Database(f"sqlite:///{tmp_path}/existing.sqlite")
    data.init_app(app, database)

    assert data_of(app).database is database
    assert app.test_cli_runner().invoke(args=["db", "--help"]).exit_code == 0
    database.close()


def test_an_existing_application_can_take_the_web_room_alone(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "a key that is only used in development")
    app = Flask("existing")
    app.add_url_rule("/", "home", lambda: "home")
    web.init_app(app)

    answer = app.test_client().get("/")

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-ID"]


def test_asking_an_application_for_a_room_that_it_lacks_says_what_to_do():
    with pytest.raises(SetupError, match=r"carboy.data.init_app\(app\)"):
        data_of(Flask("bare"))


def test_the_shell_has_models_database_application_and_settings_at_hand(make_app):
    app = make_app()

    names = app.make_shell_context()

    assert {"app", "db", "session", "settings"} <= names.keys()
    names["session"].close()


def test_info_shows_routes_features_versions_and_settings_without_secrets(make_app):
    app = make_app(secret_key="a very s3cret key", database_url="postgresql://shop:s3cret@localhost/shop_test")

    told = app.test_cli_runner().invoke(args=["info"]).output

    assert "/health" in told
    assert "sqlalchemy" in told
    assert "DATABASE_URL" in told
    assert "s3cret" not in told


def test_wrong_settings_end_a_command_with_78_and_every_fault(tmp_path):
    finished = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "starter", "info"],
        env={"PATH": "/usr/bin", "FLASK_ENV": "production", "PORT": "many"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 78, finished.stderr
    assert "SECRET_KEY" in finished.stderr
    assert "PORT" in finished.stderr
    assert "Traceback" not in finished.stderr
