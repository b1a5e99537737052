"""The pytest plugin, as an application's tests use it.

It runs what docs/how-to/databases.md and docs/how-to/tests.md show.
"""

import subprocess
import sys
import textwrap
import threading
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import MetaData, inspect, make_url, select
from sqlalchemy.orm import Mapped, mapped_column, registry

from carboy.context import utc_now
from carboy.data import Base, Database, Model
from carboy.data.scope import Kind
from carboy.errors import SetupError
from carboy.testing.database import PinnedDatabase, refuse_unless_test


class OfThesePages(Model):
    """A root of its own, so that no application's migrations are asked about these tables."""

    __abstract__ = True
    metadata = MetaData()
    registry = registry(metadata=metadata, type_annotation_map=Base.type_annotation_map)


class Leaf(OfThesePages):
    __tablename__ = "plugin_leaves"
    name: Mapped[str] = mapped_column(unique=True)


@pytest.fixture
def real(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/plugin_test.sqlite")
    OfThesePages.metadata.create_all(database.engine())
    yield database
    database.close()


@pytest.fixture
def pinned(real):
    database = PinnedDatabase(real)
    yield database
    database.close()


def names(database):
    with database.reading() as session:
        return sorted(session.scalars(select(Leaf.name)))


def test_what_a_test_commits_is_seen_by_it_and_gone_afterwards(real):
    pinned = PinnedDatabase(real)
    with pinned.transaction() as session:
        session.add(Leaf(name="oak"))

    seen = names(pinned)
    pinned.close()

    assert (seen, names(real)) == (["oak"], [])


def test_what_a_test_rolls_back_is_undone_and_nothing_else(pinned):
    with pinned.transaction() as session:
        session.add(Leaf(name="oak"))
    with pytest.raises(ValueError, match="undo"), pinned.transaction() as session:
        session.add(Leaf(name="elm"))
        session.flush()
        raise ValueError("undo")

    assert names(pinned) == ["oak"]


@pytest.mark.parametrize("scope", ["reading", "snapshot"])
def test_a_scope_that_reads_cannot_write_in_a_test_either(pinned, scope):
    opened = pinned.reading() if scope == "reading" else pinned.transaction(read_only=True)

    with pytest.raises(SetupError, match="only reads"), opened as session:
        session.add(Leaf(name="sneaked"))

    with pinned.transaction() as session:
        session.add(Leaf(name="oak"))
    assert names(pinned) == ["oak"]


def test_a_scope_that_reads_cannot_write_in_a_test_on_postgresql(new_database):
    database = Database(new_database("postgresql"))
    OfThesePages.metadata.create_all(database.engine())
    pinned = PinnedDatabase(database)

    with pytest.raises(SetupError, match="only reads"), pinned.reading() as session:
        session.add(Leaf(name="sneaked"))
    with pinned.transaction() as session:
        session.add(Leaf(name="oak"))
    seen = names(pinned)

    for each in (pinned, database):
        each.close()
    assert seen == ["oak"]


def test_threads_of_a_test_take_turns_on_its_one_connection(pinned):
    def work(number):
        for step in range(10):
            with pinned.transaction() as session:
                session.add(Leaf(name=f"{number}-{step}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(names(pinned)) == 40


def test_what_follows_a_commit_happens_in_tests_too(pinned):
    happened = []

    with pinned.transaction():
        pinned.after_commit(lambda: happened.append("after commit"))
        pinned.after_outcome(lambda: happened.append("after outcome"))

    assert happened == ["after commit", "after outcome"]


def test_a_pinned_database_shows_health_the_real_pool(real, pinned):
    assert pinned.engine(Kind.READ) is real.engine(Kind.READ)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
def test_each_new_database_is_another_and_empty(new_database, kind):
    used, unused = (Database(new_database(kind)) for _ in range(2))

    OfThesePages.metadata.create_all(used.engine())

    assert [inspect(one.engine()).get_table_names() for one in (used, unused)] == [["plugin_leaves"], []]
    for one in (used, unused):
        one.close()


@pytest.mark.parametrize("url", ["sqlite:////srv/shop.sqlite", "postgresql://localhost/shop", "mysql://localhost/shop"])
def test_a_database_whose_name_does_not_say_test_is_refused(url):
    with pytest.raises(SetupError, match="does not say test"):
        refuse_unless_test(url)


@pytest.mark.parametrize(
    "url", ["sqlite:////srv/shop_test.sqlite", "postgresql://localhost/test_shop", "mysql://localhost/shop_TEST"]
)
def test_a_database_whose_name_says_test_is_taken(url):
    refuse_unless_test(url)


PROJECT = """
    from sqlalchemy import text

    def test_it_touches_the_database(db):
        with db.transaction() as session:
            session.execute(text("SELECT 1"))

    def test_it_asks_the_first_page(client):
        assert client.get("/livez").status_code == 200
"""


def run_pytest(folder, source, *arguments, **environment):
    (folder / "shop").mkdir(exist_ok=True)
    (folder / "shop/__init__.py").write_text(
        "def create_app(settings):\n    from carboy.app import create_app\n    return create_app(__name__, settings)\n"
    )
    (folder / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\ncarboy_app = "shop:create_app"\npythonpath = "."\n'
    )
    (folder / "test_shop.py").write_text(textwrap.dedent(source))
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.run(
        command, cwd=folder, env={"PATH": "/usr/bin"} | environment, capture_output=True, text=True, check=False
    )


@pytest.mark.long
def test_a_projects_tests_run_with_no_configuration_but_the_factory(tmp_path):
    finished = run_pytest(tmp_path, PROJECT)

    assert finished.returncode == 0, finished.stdout


@pytest.mark.long
def test_they_run_in_several_workers(tmp_path):
    finished = run_pytest(tmp_path, PROJECT, "-n", "4")

    assert finished.returncode == 0, finished.stdout


@pytest.mark.long
def test_no_table_is_touched_where_the_name_does_not_say_test(tmp_path):
    precious = tmp_path / "precious.sqlite"

    finished = run_pytest(tmp_path, PROJECT, TEST_DATABASE_URL=f"sqlite:///{precious}")

    assert finished.returncode == 1
    assert "does not say test" in finished.stdout
    assert not precious.exists()


@pytest.mark.long
def test_on_a_server_each_worker_has_a_database_of_its_own_that_is_gone_afterwards(tmp_path, postgresql_server):
    url = make_url(postgresql_server).set(database="shop_test").render_as_string(hide_password=False)

    finished = run_pytest(tmp_path, PROJECT, "-n", "2", TEST_DATABASE_URL=url)

    assert finished.returncode == 0, finished.stdout
    with psycopg.connect(postgresql_server) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE '%shop_test%'").fetchall()
    assert left == []


@pytest.mark.long
def test_a_missing_factory_is_told_with_what_to_write(tmp_path):
    (tmp_path / "test_shop.py").write_text("def test_a(client): pass")

    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "test_shop.py"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "carboy_app" in finished.stdout


@pytest.mark.settings(app_name="Renamed", slow_request_seconds=9.0)
def test_a_marker_changes_the_settings_of_one_test(app, settings):
    assert (app.extensions["carboy.settings"], settings.app_name) == (settings, "Renamed")


def test_the_clock_stands_still_until_it_is_moved(clock):
    first = utc_now()

    clock.shift(timedelta(days=8))

    assert utc_now() - first == timedelta(days=8)


def test_a_test_sees_nothing_of_the_environment(monkeypatch, settings):
    assert settings.mode == "testing"
    assert settings.sources["database_url"] != "DATABASE_URL in the environment"


def test_commands_of_the_application_can_be_run(runner):
    assert "carboy" in runner.invoke(args=["info"]).output
