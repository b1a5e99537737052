"""Migrations run in order, once, all or nothing where the database can do that, whoever starts them."""

import pytest
from alembic import command
from data_processes import upgrade as upgrade_in_process
from sqlalchemy import inspect, text

from carboy.data.migrate import Migrations, current_revisions, migrating_alone
from carboy.errors import Busy, Conflict, SetupError, Unmigrated


@pytest.fixture
def migrations(versions):
    return Migrations(versions)


@pytest.fixture
def three(write_migration):
    """Three migrations: each makes a table and notes that it ran."""
    write_migration("one", upgrade=["CREATE TABLE ran (name VARCHAR(20))"], downgrade=["DROP TABLE ran"])
    for name, after in (("two", "one"), ("three", "two")):
        upgrade = [f"CREATE TABLE {name} (id INTEGER PRIMARY KEY)", f"INSERT INTO ran VALUES ('{name}')"]
        write_migration(name, after, upgrade=upgrade, downgrade=[f"DROP TABLE {name}", "DELETE FROM ran"])


def tables(database):
    return set(inspect(database.engine()).get_table_names()) - {"alembic_version"}


def ran(database):
    with database.reading() as session:
        return sorted(session.scalars(text("SELECT name FROM ran")))


def test_an_upgrade_runs_all_that_is_missing(empty_database, migrations, three):
    assert migrations.pending(empty_database) == ["one", "two", "three"]

    migrations.upgrade(empty_database)

    assert tables(empty_database) == {"ran", "two", "three"}
    assert current_revisions(empty_database) == {"three"}
    assert migrations.pending(empty_database) == []


def test_an_upgrade_stops_where_it_is_told_to(empty_database, migrations, three):
    migrations.upgrade(empty_database, "two")

    assert tables(empty_database) == {"ran", "two"}
    assert migrations.pending(empty_database) == ["three"]


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(empty_database, migrations, three):
    migrations.upgrade(empty_database)

    migrations.upgrade(empty_database)

    assert ran(empty_database) == ["three", "two"]


def test_a_downgrade_takes_back_the_newest_and_another_all(empty_database, migrations, three):
    migrations.upgrade(empty_database)

    migrations.downgrade(empty_database)
    assert (tables(empty_database), current_revisions(empty_database)) == ({"ran", "two"}, {"two"})

    migrations.downgrade(empty_database, "base")
    assert (tables(empty_database), current_revisions(empty_database)) == (set(), set())


def test_a_database_that_is_behind_is_refused_with_what_to_run(empty_database, migrations, three):
    with empty_database.transaction() as session:
        session.execute(text("CREATE TABLE something_else (id INTEGER)"))
    with pytest.raises(Unmigrated, match=r"3 migrations are missing .*\(one, two, three\).*`flask db upgrade`"):
        migrations.refuse_if_pending(empty_database)

    migrations.upgrade(empty_database, "two")
    with pytest.raises(Unmigrated, match=r"One migration is missing .*\(three\)"):
        migrations.refuse_if_pending(empty_database)

    migrations.upgrade(empty_database)
    migrations.refuse_if_pending(empty_database)


def test_a_file_that_is_missing_is_refused_with_what_to_run(tmp_path, migrations, three, make_database):
    database = make_database(f"sqlite:///{tmp_path}/missing_test.sqlite")

    with pytest.raises(Unmigrated, match="`flask db upgrade`"):
        migrations.refuse_if_pending(database)

    assert list(tmp_path.glob("*.sqlite*")) == []


def test_a_database_ahead_of_the_code_still_serves(empty_database, migrations, three, versions):
    migrations.upgrade(empty_database)
    (versions / "three.py").unlink()

    assert migrations.pending(empty_database) == []
    migrations.refuse_if_pending(empty_database)


def test_without_migrations_nothing_is_pending(empty_database, migrations):
    assert migrations.pending(empty_database) == []


def test_asking_what_is_pending_changes_nothing(tmp_path, migrations, three, make_database):
    database = make_database(f"sqlite:///{tmp_path}/missing_test.sqlite")

    assert migrations.pending(database) == ["one", "two", "three"]

    assert list(tmp_path.glob("*.sqlite*")) == []


@pytest.mark.long
def test_four_processes_that_upgrade_at_once_all_succeed_and_each_migration_runs_once(
    empty_database, empty_url, migrations, three, processes, versions
):
    futures = [processes.submit(upgrade_in_process, empty_url, str(versions), 4) for _ in range(4)]

    assert [future.result(60) for future in futures] == [None] * 4
    assert ran(empty_database) == ["three", "two"]
    assert current_revisions(empty_database) == {"three"}


def test_whoever_waits_too_long_for_the_lock_of_migrations_is_told_busy(
    empty_database, empty_url, make_database, beside, monkeypatch
):
    monkeypatch.setattr("carboy.data.migrate.LOCK_PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("carboy.data.migrate.LOCK_LOOK_SECONDS", 0.02)

    def lock():
        with migrating_alone(make_database(empty_url)):
            return "locked"

    with migrating_alone(empty_database), pytest.raises(Busy, match="is stuck, end it"):
        beside(lock).result()

    assert lock() == "locked"


def test_two_databases_of_one_server_migrate_at_the_same_time(
    empty_database, kind, new_database, make_database, monkeypatch
):
    monkeypatch.setattr("carboy.data.migrate.LOCK_PATIENCE_SECONDS", 0)
    other = make_database(new_database(kind))

    with migrating_alone(empty_database), migrating_alone(other):
        pass


@pytest.fixture
def fourth_fails(three, write_migration):
    statements = ["CREATE TABLE half (id INTEGER PRIMARY KEY)", "INSERT INTO nowhere VALUES (1)"]
    write_migration("four", "three", upgrade=statements)


def test_a_failing_migration_leaves_nothing_or_says_where_it_stopped(empty_database, migrations, kind, fourth_fails):
    with pytest.raises(SetupError, match="The migration failed") as caught:
        migrations.upgrade(empty_database)

    assert "nowhere" in str(caught.value)
    if kind == "mariadb":
        assert "stands at three" in str(caught.value)
        assert "Undo that by hand" in str(caught.value)
        assert (tables(empty_database), current_revisions(empty_database)) == (
            {"ran", "two", "three", "half"},
            {"three"},
        )
    else:
        assert "stands at the beginning. Everything was rolled back" in str(caught.value)
        assert (tables(empty_database), current_revisions(empty_database)) == (set(), set())


def test_after_a_failing_migration_the_next_upgrade_is_not_locked_out(
    empty_database, migrations, kind, fourth_fails, write_migration, monkeypatch
):
    monkeypatch.setattr("carboy.data.migrate.LOCK_PATIENCE_SECONDS", 0)
    with pytest.raises(SetupError):
        migrations.upgrade(empty_database)
    mended = [] if kind == "mariadb" else ["CREATE TABLE half (id INTEGER PRIMARY KEY)"]
    write_migration("four", "three", upgrade=mended)

    migrations.upgrade(empty_database)

    assert tables(empty_database) == {"ran", "two", "three", "half"}


def test_a_migration_with_a_bug_shows_the_bug(empty_database, migrations, three, write_migration, kind):
    write_migration("four", "three", upgrade=["CREATE TABLE half (id INTEGER)", "raise LookupError('the bug')"])

    with pytest.raises(LookupError, match="the bug"):
        migrations.upgrade(empty_database)

    assert current_revisions(empty_database) == ({"three"} if kind == "mariadb" else set())


@pytest.mark.long
def test_a_migration_that_waits_too_long_for_a_lock_is_busy_and_nothing_is_lost(
    empty_url, empty_database, make_database, migrations, three, write_migration, kind
):
    migrations.upgrade(empty_database)
    write_migration("four", "three", upgrade=["ALTER TABLE two ADD COLUMN more INTEGER"])
    hasty = make_database(empty_url, patience=1)

    with empty_database.transaction() as session:
        session.execute(text("INSERT INTO two VALUES (1)"))
        with pytest.raises(Busy):
            migrations.upgrade(hasty)

    assert migrations.pending(hasty) == ["four"]
    migrations.upgrade(hasty)
    assert migrations.pending(hasty) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://nobody@127.0.0.1:1/shop_test", "TIMESTAMP WITH TIME ZONE"),
        ("mariadb://nobody@127.0.0.1:1/shop_test", "DATETIME(6)"),
        ("sqlite:///{folder}/shop_test.sqlite", "DATETIME"),
    ],
)
def test_sql_is_printed_for_the_right_database_without_connecting(
    url, words, tmp_path, migrations, make_database, write_migration, capsys
):
    write_migration(
        "one",
        upgrade=[
            "from carboy.data.types import UtcDateTime",
            "op.create_table('late', sa.Column('at', UtcDateTime()))",
        ],
    )
    database = make_database(url.format(folder=tmp_path))

    command.upgrade(migrations.config(database), "heads", sql=True)

    printed = capsys.readouterr().out
    assert "CREATE TABLE late" in printed
    assert f"at {words}" in " ".join(printed.replace("`", "").split())
    assert "INSERT INTO alembic_version" in printed
    assert list(tmp_path.glob("*.sqlite*")) == []


PARENT_AND_CHILD = [
    "CREATE TABLE parent (id INTEGER PRIMARY KEY, name VARCHAR(20))",
    "CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON DELETE CASCADE)",
    "INSERT INTO parent VALUES (1, 'Ada')",
    "INSERT INTO child VALUES (10, 1)",
]
COPY_THE_PARENT = [
    "with op.batch_alter_table('parent', recreate='always') as batch:",
    "    batch.add_column(sa.Column('born', sa.Integer))",
]


@pytest.fixture
def sqlite(tmp_path, make_database):
    return make_database(f"sqlite:///{tmp_path}/batch_test.sqlite")


def test_copying_a_table_on_sqlite_keeps_the_rows_that_refer_to_it(sqlite, migrations, write_migration):
    write_migration("one", upgrade=PARENT_AND_CHILD)
    migrations.upgrade(sqlite)
    write_migration("two", "one", upgrade=COPY_THE_PARENT)

    migrations.upgrade(sqlite)

    with sqlite.reading() as session:
        assert session.execute(text("SELECT id, parent_id FROM child")).all() == [(10, 1)]
        assert session.execute(text("SELECT name, born FROM parent")).all() == [("Ada", None)]


def test_rows_that_would_refer_to_nothing_are_refused_and_nothing_is_changed(sqlite, migrations, write_migration):
    write_migration("one", upgrade=PARENT_AND_CHILD)
    migrations.upgrade(sqlite)
    write_migration("two", "one", upgrade=["CREATE TABLE more (id INTEGER)", "DELETE FROM parent"])

    with pytest.raises(SetupError, match=r"refer to nothing \(child row 10 → parent\)"):
        migrations.upgrade(sqlite)

    assert (tables(sqlite), current_revisions(sqlite)) == ({"parent", "child"}, {"one"})
    with sqlite.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM parent")) == 1


@pytest.mark.parametrize("last", ["SELECT 1", "DELETE FROM parent", "INSERT INTO nowhere VALUES (1)"])
def test_foreign_keys_hold_again_after_a_migration_however_it_ended(sqlite, migrations, write_migration, last):
    write_migration("one", upgrade=PARENT_AND_CHILD)
    migrations.upgrade(sqlite)
    write_migration("two", "one", upgrade=[last])
    if last != "SELECT 1":
        with pytest.raises(SetupError):
            migrations.upgrade(sqlite)
    else:
        migrations.upgrade(sqlite)

    for _ in range(2):
        with pytest.raises(Conflict), sqlite.transaction() as session:
            session.execute(text("INSERT INTO child VALUES (11, 99)"))


def test_a_guard_is_asked_before_the_first_session_until_it_is_content(empty_url, make_database, migrations, three):
    database = make_database(empty_url)
    database.guard = migrations.refuse_if_pending
    asked = []

    for _ in range(2):
        with pytest.raises(Unmigrated), database.reading():
            asked.append("session")
    migrations.upgrade(database)
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM ran")) == 2

    assert (asked, database.guard) == ([], None)
