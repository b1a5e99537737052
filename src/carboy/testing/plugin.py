"""Pytest fixtures for applications that stand on Carboy.

settings   those of a test: nothing from the environment or from files; @pytest.mark.settings(name=value) changes some
app        the application, made anew for each test by the factory that `carboy_app` in the ini file names
client     a browser without a browser
db         the database, rolled back after the test
committed  the database with real commits, for tests with several processes; emptied after the test
runner     runs `flask …` commands
jobs       what was asked to be done later: jobs.enqueued(handler); jobs.drain() does it, in the test's transaction
published  the live events that were kept: published.to("todos:7") is what was told in that room
outbox     the mails that were sent, once jobs.drain() has done it; outbox.to(address) is the last one for somebody
users      users.make(role="admin"), and users.headers(user), which the API knows them by
in_browser in_browser(user) is a browser of its own, in which this user is signed in
clock      stops the time; clock.shift(seconds) and clock.move_to(moment) set it

Tests run on SQLite unless TEST_DATABASE_URL names another database, whose name must say test.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient, FlaskCliRunner
    from time_machine import Traveller

    from carboy.accounts.finding import User
    from carboy.data import Database
    from carboy.settings import Settings
    from carboy.testing.accounts import UsersOfTest
    from carboy.testing.browsing import Browser
    from carboy.testing.jobs import JobsOfTest
    from carboy.testing.live import Published
    from carboy.testing.mail import Outbox
    from carboy.testing.templates import CompiledOnce

pytest_plugins = ["carboy.testing.servers"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the ini file name the application."""
    parser.addini("carboy_app", "The application's factory, as module:function.", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "settings(**values): settings of the test's application")


@pytest.fixture(scope="session")
def carboy_database_url(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, worker_name: str
) -> Iterator[str]:
    """The database of this test worker: empty, and named test."""
    from carboy.testing.database import database_for_tests

    said = os.environ.get("TEST_DATABASE_URL") or _said_in_files(pytestconfig)
    url = said or f"sqlite:///{tmp_path_factory.mktemp('data')}/test.sqlite"
    with database_for_tests(url, worker_name) as own:
        yield own


@pytest.fixture(scope="session")
def worker_name() -> str:
    """The name of this process among those that share the tests."""
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


@pytest.fixture(scope="session")
def carboy_database(
    carboy_database_url: str, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Database"]:
    """The migrated database that the tests of this worker share."""
    from carboy.data import Database
    from carboy.data.flask import data_of

    app = _factory(pytestconfig)(_settings(pytestconfig, tmp_path_factory.mktemp("root"), carboy_database_url))
    database = Database(carboy_database_url)
    data_of(app).migrations.upgrade(database)
    yield database
    database.close()


@pytest.fixture(scope="session")
def carboy_templates() -> "CompiledOnce":
    """What the templates of this worker's tests were compiled to: for a page that takes most of the time."""
    from carboy.testing.templates import CompiledOnce

    return CompiledOnce()


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, pytestconfig: pytest.Config, tmp_path: Any, carboy_database_url: str
) -> "Settings":
    """The settings of this test's application."""
    changes: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("settings"))):
        changes |= marker.kwargs
    return _settings(pytestconfig, tmp_path, carboy_database_url, **changes)


@pytest.fixture
def app(settings: "Settings", pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> "Flask":
    """The application, on the database of this test."""
    from carboy.context import utc_now
    from carboy.testing.rules import compile_once

    compile_once()
    application: Flask = _factory(pytestconfig)(settings)
    application.jinja_env.bytecode_cache = request.getfixturevalue("carboy_templates")
    wants_commits = "committed" in request.fixturenames
    database = request.getfixturevalue("committed" if wants_commits else "db")
    room = application.extensions["carboy.data"]
    application.extensions["carboy.data"] = replace(room, database=database)
    if (jobs_room := application.extensions.get("carboy.jobs")) is not None:
        # A test may stop its own clock; the database's would go on.
        jobs_room = replace(jobs_room, database=database, clock=utc_now)
        application.extensions["carboy.jobs"] = jobs_room
        _move_files(application, jobs_room)
        _move_live(application, jobs_room)
        if (mail_room := application.extensions.get("carboy.mail")) is not None:
            application.extensions["carboy.mail"] = mail_room = replace(mail_room, jobs=jobs_room).join()
            _move_accounts(application, mail_room)
    return application


def _move_accounts(app: "Flask", mail_room: Any) -> None:
    if (accounts_room := app.extensions.get("carboy.accounts")) is not None:
        from carboy.accounts.joining import moved

        # Its database is gone when the clock strikes, though the test may have asked for production's settings.
        app.extensions["carboy.accounts"] = moved(replace(accounts_room, notes_by_clock=False), mail_room)


def _move_files(app: "Flask", jobs_room: Any) -> None:
    if (files_room := app.extensions.get("carboy.files")) is not None:
        from carboy.files.joining import moved

        app.extensions["carboy.files"] = moved(files_room, jobs_room)


def _move_live(app: "Flask", jobs_room: Any) -> None:
    if (live_room := app.extensions.get("carboy.live")) is not None:
        from carboy.live.joining import moved
        from carboy.live.managers.memory import MemoryManager

        app.extensions["carboy.live"] = moved(live_room, jobs_room, MemoryManager)


@pytest.fixture
def jobs(app: "Flask") -> "JobsOfTest":
    """What the application under test has been asked to do later."""
    from carboy.jobs.flask import jobs_of
    from carboy.testing.jobs import JobsOfTest

    return JobsOfTest(jobs_of(app))


@pytest.fixture
def published(app: "Flask") -> "Published":
    """The live events that the application under test has published."""
    from carboy.live.flask import live_of
    from carboy.testing.live import Published

    return Published(live_of(app))


@pytest.fixture
def outbox(app: "Flask") -> "Outbox":
    """The mails that the application under test has sent, which reach nobody."""
    from carboy.mail.flask import mail_of
    from carboy.testing.mail import outbox_of

    return outbox_of(mail_of(app))


@pytest.fixture
def users(app: "Flask") -> "UsersOfTest":
    """The users of the application under test, and their sign-ins."""
    from carboy.accounts.flask import accounts_of
    from carboy.testing.accounts import UsersOfTest

    return UsersOfTest(accounts_of(app))


@pytest.fixture
def client(app: "Flask") -> "FlaskClient":
    """A browser without a browser."""
    return app.test_client()


@pytest.fixture
def browser(app: "Flask") -> "Browser":
    """The same for pages: it sends forms as they do."""
    from carboy.testing.browsing import Browser

    return Browser(app)


@pytest.fixture
def in_browser(app: "Flask", users: "UsersOfTest") -> "Callable[[User], Browser]":
    """Give a browser of its own, in which this user is signed in."""
    from carboy.accounts.table import Kind
    from carboy.testing.browsing import Browser

    def enter(user: "User") -> Browser:
        browser = Browser(app)
        browser.hold(users.sign_in(user, Kind.BROWSER))
        return browser

    return enter


@pytest.fixture
def runner(app: "Flask") -> "FlaskCliRunner":
    """Runs `flask …` commands: runner.invoke(args=["info"])."""
    return app.test_cli_runner()


@pytest.fixture
def db(carboy_database: "Database") -> Iterator["Database"]:
    """The database; what the test stores is rolled back."""
    from carboy.testing.database import PinnedDatabase

    pinned = PinnedDatabase(carboy_database)
    yield pinned
    pinned.close()


@pytest.fixture(scope="session")
def carboy_first_rows(carboy_database: "Database") -> Any:
    """The rows that migrations insert."""
    from carboy.testing.database import rows_of

    return rows_of(carboy_database)


@pytest.fixture
def committed(carboy_database: "Database", carboy_first_rows: Any) -> Iterator["Database"]:
    """The database, with commits that other processes see."""
    from carboy.testing.database import empty

    yield carboy_database
    empty(carboy_database, but=carboy_first_rows)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that is sent to a database from now on; `statements.clear()` begins anew."""
    from sqlalchemy import Engine, event

    seen: list[str] = []

    def note(*call: Any) -> None:
        seen.append(call[2])

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def clock() -> Iterator["Traveller"]:
    """Stop the time at this moment, for the whole process."""
    import time_machine

    from carboy.context import utc_now

    with time_machine.travel(utc_now(), tick=False) as traveller:
        yield traveller


def _settings(config: pytest.Config, root: Any, database_url: str, **changes: Any) -> "Settings":
    values = {"mode": "testing", "database_url": database_url} | changes
    settings: Settings = _settings_class(config).load(root=root, environ={}, **values)
    return settings


def _said_in_files(config: pytest.Config) -> str | None:
    settings: Settings = _settings_class(config).load(root=config.rootpath, environ={}, mode="testing")
    return settings.test_database_url


def _settings_class(config: pytest.Config) -> Any:
    """The application's own `settings.Settings`, where its package has one."""
    package = str(config.getini("carboy_app")).partition(":")[0]
    if not package or find_spec(f"{package}.settings") is None:
        return import_module("carboy.settings").Settings
    return import_module(f"{package}.settings").Settings


def _factory(config: pytest.Config) -> Any:
    module, _, name = str(config.getini("carboy_app")).partition(":")
    if not module:
        raise pytest.UsageError("Say which application is tested: `carboy_app = module:create_app` in the ini file.")
    return getattr(import_module(module), name or "create_app")
