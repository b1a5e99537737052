"""What a restore may do to a database, and what it must leave alone."""

import sqlite3
from contextlib import closing
from io import BytesIO

import pytest
from backup_steps import contents, execute, forge, keep, run
from sqlalchemy import inspect, text

from carboy.data.flask import data_of
from carboy.files.table import FILES
from carboy.ops.backup.dumps import postgresql, sqlite

pytestmark = pytest.mark.long

NOTE = "#" * 60  # stands in a dump as it is, where a forger may write as many bytes of their own

NOTED = {
    "postgresql": [
        "CREATE TABLE noted (id integer)",
        "CREATE INDEX note ON noted (id)",
        f"COMMENT ON INDEX note IS '{NOTE}'",
    ],
    "mariadb": [f"CREATE TABLE noted (id integer, INDEX note (id) COMMENT '{NOTE}')"],
}


def forge_note(path, words):
    def forged(data):
        assert data.count(NOTE.encode()) == 1
        return data.replace(NOTE.encode(), words.encode().ljust(len(NOTE), b"-"))

    forge(path, "database", forged)


ENDS = {"postgresql": "';\n", "mariadb": "');\n"}
PROMISE = b"\\- enable the sandbox mode"  # a dump of MariaDB begins with it, but for one that was forged


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
@pytest.mark.parametrize("command", ["\\! touch pwned", "system touch pwned", "\\o |touch pwned"])
@pytest.mark.parametrize("place", ["within", "after"])
def test_no_command_to_the_shell_is_taken_from_an_archive(make_shop, tmp_path, monkeypatch, kind, command, place):
    shop, other = make_shop(kind), make_shop(kind, migrated=False)
    execute(shop, *NOTED[kind])
    run(shop, "backup", str(tmp_path / "a.backup"))
    if place == "within":
        forge_note(tmp_path / "a.backup", f"{ENDS[kind]}{command}\n")
    else:
        after = f"\n{command}\nSELECT 1;\n".encode()
        forge(tmp_path / "a.backup", "database", lambda data: data.replace(PROMISE, b"") + after)
    monkeypatch.chdir(tmp_path)

    run(other, "restore", str(tmp_path / "a.backup"))

    assert not (tmp_path / "pwned").exists()


def test_a_restore_that_fails_half_way_leaves_the_database_as_it_was(make_shop, tmp_path):
    shop, other = make_shop("postgresql"), make_shop("postgresql")
    execute(shop, *NOTED["postgresql"])
    keep(other, b"of the other")
    run(shop, "backup", str(tmp_path / "a.backup"))
    before = contents(other)
    forge_note(tmp_path / "a.backup", "'; SELECT 1/0; --")

    failed = run(other, "restore", "--replace", str(tmp_path / "a.backup"))

    assert failed.exit_code == 1
    assert "division by zero" in failed.output
    assert contents(other) == before


def test_a_restore_that_fails_half_way_leaves_nothing_where_schema_changes_cannot_be_undone(make_shop, tmp_path):
    shop, other = make_shop("mariadb"), make_shop("mariadb")
    execute(shop, *NOTED["mariadb"])
    run(shop, "backup", str(tmp_path / "a.backup"))
    forge_note(tmp_path / "a.backup", "'); DROP TABLE no_such_table; ")

    failed = run(other, "restore", "--replace", str(tmp_path / "a.backup"))

    assert failed.exit_code == 1
    assert "no_such_table" in failed.output
    assert "is empty now" in failed.output
    with data_of(other).database.engine().connect() as connection:
        assert inspect(connection).get_table_names() == []


@pytest.fixture
def shared(make_shop):
    """A shop whose role may use the schema in a database that is another's, beside what is none of the shop's."""
    owner = make_shop("postgresql", migrated=False)
    url = data_of(owner).database.url
    role = f"role_of_{url.database}"
    execute(
        owner,
        f"CREATE ROLE {role} LOGIN PASSWORD 'pw'",
        f"GRANT ALL ON SCHEMA public TO {role}",
        "CREATE SCHEMA extra",
        "CREATE TABLE extra.of_others (id integer)",
        f"CREATE ROLE reader_of_{url.database}",
        f"GRANT USAGE ON SCHEMA public TO reader_of_{url.database}",
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {role} IN SCHEMA public GRANT SELECT ON TABLES TO reader_of_{url.database}",
    )
    theirs = url.set(username=role, password="pw", drivername="postgresql").render_as_string(hide_password=False)
    yield make_shop("postgresql", migrated=False, database_url=theirs), owner
    execute(owner, f"DROP OWNED BY {role}", f"DROP ROLE {role}", f"DROP OWNED BY reader_of_{url.database}")
    execute(owner, f"DROP ROLE reader_of_{url.database}")


def test_a_role_that_may_use_the_schema_can_restore_into_it_and_leaves_others_and_their_rights_alone(
    make_shop, tmp_path, shared
):
    (app, owner), shop = shared, make_shop("postgresql")
    keep(shop, b"a file")
    execute(shop, "CREATE SCHEMA extra", "CREATE TABLE extra.of_the_shop (id integer)")
    execute(shop, "CREATE TABLE of_old (id integer PRIMARY KEY)")
    run(shop, "backup", str(tmp_path / "a.backup"))

    into_empty = run(app, "restore", str(tmp_path / "a.backup"))
    execute(app, "CREATE TYPE mood AS ENUM ('good')", "CREATE TABLE newer (id integer REFERENCES of_old, m mood)")
    into_full = run(app, "restore", "--replace", str(tmp_path / "a.backup"))

    assert (into_empty.exit_code, into_full.exit_code) == (0, 0), into_empty.output + into_full.output
    assert contents(app) == contents(shop)
    with data_of(owner).database.engine().connect() as connection:
        assert inspect(connection).get_table_names(schema="extra") == ["of_others"]
        reader = f"reader_of_{data_of(owner).database.url.database}"
        assert connection.scalar(text(f"SELECT has_table_privilege('{reader}', 'files', 'SELECT')"))


def test_an_extension_is_left_alone_and_serves_what_comes_back(make_shop, tmp_path):
    shop = make_shop("postgresql")
    execute(shop, "CREATE EXTENSION citext", "CREATE TABLE named (name citext)", "INSERT INTO named VALUES ('Ada')")
    run(shop, "backup", str(tmp_path / "a.backup"))

    restored = run(shop, "restore", "--replace", str(tmp_path / "a.backup"))

    assert restored.exit_code == 0, restored.output
    with data_of(shop).database.engine().connect() as connection:
        assert connection.scalar(text("SELECT name FROM named WHERE name = 'aDA'")) == "Ada"


def test_what_is_written_down_is_the_schema_that_the_application_lives_in(make_shop, tmp_path):
    home = make_shop("postgresql", migrated=False)
    execute(home, 'CREATE SCHEMA "The Shop"')
    url = data_of(home).database.url.set(drivername="postgresql")
    inside = url.update_query_dict({"options": '-csearch_path="The\\ Shop"'}).render_as_string(hide_password=False)
    shop = make_shop("postgresql", database_url=inside)
    keep(shop, b"a file")
    before = contents(shop)

    taken = run(shop, "backup", str(tmp_path / "a.backup"))
    keep(shop, b"a newer one")
    restored = run(shop, "restore", "--replace", str(tmp_path / "a.backup"))

    assert (taken.exit_code, restored.exit_code) == (0, 0), taken.output + restored.output
    assert contents(shop) == before


def test_a_restore_waits_for_somebody_who_writes_and_then_says_to_stop_the_application(
    make_shop, tmp_path, monkeypatch, beside
):
    monkeypatch.setattr(sqlite, "_PATIENCE_SECONDS", 0.3)
    shop = make_shop("sqlite")
    keep(shop, b"a file")
    run(shop, "backup", str(tmp_path / "a.backup"))
    before = contents(shop)
    with closing(sqlite3.connect(data_of(shop).database.url.database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        restoring = beside(lambda: run(shop, "restore", "--replace", str(tmp_path / "a.backup")))
        try:
            refused = restoring.result(timeout=15)
        finally:
            writer.execute("ROLLBACK")

    assert refused.exit_code == 1
    assert "Stop the application" in refused.output
    assert contents(shop) == before


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_restore_waits_for_somebody_who_has_a_table_and_then_says_to_stop_the_application(make_shop, tmp_path, kind):
    shop = make_shop(kind, database_busy_seconds=1)
    keep(shop, b"a file")
    run(shop, "backup", str(tmp_path / "a.backup"))
    before = contents(shop)
    with data_of(shop).database.transaction() as session:
        session.execute(FILES.update().values(name="another"))
        refused = run(shop, "restore", "--replace", str(tmp_path / "a.backup"))
        session.rollback()

    assert refused.exit_code == 1
    assert "Stop the application" in refused.output
    assert contents(shop) == before


class Recorded:
    """A cursor that keeps what it is to run."""

    def __init__(self):
        self.run = b""

    def execute(self, statements):
        self.run += statements


@pytest.mark.parametrize(("version", "is_asked"), [(150004, False), (160000, False), (170000, True), (180001, True)])
def test_a_server_is_not_asked_for_what_only_newer_ones_know(version, is_asked):
    cursor, newer = Recorded(), b"SET transaction_timeout = 0;\n"

    postgresql._run_script(cursor, BytesIO(b"SET lock_timeout = 0;\n" + newer + b"CREATE TABLE x ();\n"), version)

    assert (newer in cursor.run) == is_asked
    assert cursor.run.replace(newer, b"") == b"SET lock_timeout = 0;\nCREATE TABLE x ();\n"
