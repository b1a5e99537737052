"""`flask db …` and `flask seed`, as an operator types them."""

import pytest

from carboy.data.flask import data_of, seed

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None

def upgrade():
    op.create_table("cli_notes", sa.Column("id", sa.Integer(), primary_key=True))

def downgrade():
    op.drop_table("cli_notes")
"""


@pytest.fixture
def app(make_app, project):
    (project / "migrations/versions").mkdir(parents=True)
    (project / "migrations/versions/a1.py").write_text(MIGRATION)
    return make_app()


@pytest.fixture
def flask(app):
    runner = app.test_cli_runner()

    def run(*words):
        result = runner.invoke(args=list(words))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout + ("" if result.exit_code == 0 else result.stderr)

    return run


def test_the_whole_way_up_and_down(flask):
    assert flask("db", "upgrade") == (0, "The database is up to date.\n")
    assert "a1 (head)" in flask("db", "current")[1]
    assert "a1 (head)" in flask("db", "heads")[1]
    assert "<base> -> a1" in flask("db", "history")[1]
    assert flask("db", "downgrade") == (0, "Pending: a1.\n")
    assert flask("db", "stamp", "a1")[0] == 0
    assert "a1" in flask("db", "current")[1]


def test_the_sql_of_an_upgrade_is_printed_and_nothing_is_run(flask, project):
    code, told = flask("db", "upgrade", "--sql")

    assert (code, "CREATE TABLE cli_notes" in told) == (0, True)
    assert "info" not in told  # it can be piped into a file and run
    assert not (project / "instance").exists()


def test_a_migration_can_be_written_by_hand_or_from_the_models(flask, project):
    flask("db", "upgrade")

    codes = [
        flask("db", "revision", "-m", "by hand")[0],
        flask("db", "upgrade")[0],
        flask("db", "migrate", "-m", "drop")[0],
    ]

    assert codes == [0, 0, 0]
    assert len(list((project / "migrations/versions").glob("*.py"))) == 3


def test_check_exits_with_1_when_the_models_say_something_else(flask):
    flask("db", "upgrade")

    code, told = flask("db", "check")

    assert (code, "cli_notes" in told) == (1, True)


def test_init_is_harmless_where_the_folder_is(flask, project):
    assert "is there already" in flask("db", "init")[1]


def test_a_missing_folder_is_told_with_what_to_run(make_app):
    result = make_app().test_cli_runner().invoke(args=["db", "current"])

    assert result.exit_code == 1
    assert "flask db init" in result.output


@pytest.mark.parametrize("command", [("upgrade",), ("current",), ("stamp", "a1"), ("check",)])
def test_a_database_that_does_not_answer_is_a_sentence_and_not_a_traceback(make_app, project, command):
    (project / "migrations/versions").mkdir(parents=True)
    app = make_app(database_url="postgresql://shop:s3cret@127.0.0.1:1/shop_test", database_busy_seconds=1.0)

    result = app.test_cli_runner().invoke(args=["db", *command])

    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "refused" in result.output
    assert "s3cret" not in result.output


def test_a_revision_that_nobody_knows_is_a_sentence(flask):
    code, told = flask("db", "upgrade", "zz")

    assert (code, "zz" in told, "Traceback" in told) == (1, True, False)


def test_seeding_again_changes_nothing(app, flask):
    flask("db", "upgrade")
    planted = set()

    def default_roles(database):
        planted.add("admin")

    seed(app, default_roles)

    assert flask("seed")[0] == flask("seed")[0] == 0
    assert planted == {"admin"}


def test_a_seed_that_fails_keeps_nothing(app, flask):
    from sqlalchemy import text

    flask("db", "upgrade")

    def half(database):
        database.session.execute(text("INSERT INTO cli_notes VALUES (1)"))
        raise LookupError

    seed(app, half)

    assert isinstance(app.test_cli_runner().invoke(args=["seed"]).exception, LookupError)
    with data_of(app).database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM cli_notes")).scalar() == 0


def test_seeding_an_unmigrated_database_says_what_to_run(app, flask):
    seed(app, lambda database: database.session)

    code, told = flask("seed")

    assert (code, "flask db upgrade" in told) == (1, True)
