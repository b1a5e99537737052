"""What waits for the end of a scope: for its commit, or for its end either way."""

import logging
import sqlite3
from contextlib import suppress

import pytest
from data_sample import Person
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError, OperationalError

from carboy.data.scope import CommitUnknown, Kind
from carboy.errors import SetupError


@pytest.fixture
def begun(database):
    """Count the transactions that begin on the writing pool."""
    begins = []
    event.listen(database.engine(), "begin", begins.append)
    return begins


def audit(database, name="audited"):
    return lambda: database.session.add(Person(name=name))


def fail():
    raise RuntimeError("the mail server is away")


def test_what_waits_for_the_commit_finds_the_data_visible_to_others(database, stored):
    seen = []

    with database.transaction() as session:
        session.add(Person(name="Ada"))
        database.after_commit(lambda: seen.append(stored()))

    assert seen == [["Ada"]]


def test_what_waits_for_the_commit_runs_in_the_order_in_which_it_was_asked_for(database):
    happened = []

    with database.transaction():
        database.after_commit(lambda: happened.append(1))
        with database.transaction():
            database.after_commit(lambda: happened.append(2))
        database.after_commit(lambda: happened.append(3))

    assert happened == [1, 2, 3]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_waits_for_the_commit_never_runs_after_a_rollback(database, error):
    happened = []

    with pytest.raises(error), database.transaction():
        database.after_commit(lambda: happened.append("said"))
        raise error

    assert happened == []


def test_a_fault_after_the_commit_changes_nothing_and_stops_nothing(database, stored, caplog):
    happened = []

    with database.transaction() as session:
        session.add(Person(name="Ada"))
        database.after_commit(fail)
        database.after_commit(lambda: happened.append("next"))

    assert (stored(), happened) == (["Ada"], ["next"])
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_what_waits_for_the_commit_may_begin_a_transaction_of_its_own(database, stored):
    def write_more():
        with database.transaction() as session:
            session.add(Person(name="more"))

    with database.transaction() as session:
        session.add(Person(name="Ada"))
        database.after_commit(write_more)

    assert stored() == ["Ada", "more"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_waits_for_the_rollback_runs_when_the_work_is_undone(database, stored, error):
    seen = []

    with pytest.raises(error), database.transaction() as session:
        session.add(Person(name="Ada"))
        database.after_rollback(lambda: seen.append(stored()))
        raise error

    assert seen == [[]]


def test_what_waits_for_the_rollback_never_runs_after_a_commit(database):
    happened = []

    with database.transaction() as session:
        session.add(Person(name="Ada"))
        database.after_rollback(lambda: happened.append("undone"))

    assert happened == []


def test_what_waits_for_the_rollback_runs_when_the_database_refuses_the_commit(database):
    happened = []

    def refuse(_session):
        raise IntegrityError("COMMIT", {}, sqlite3.IntegrityError("refused"))

    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(Person(name="Ada"))
        session.flush()
        database.after_rollback(lambda: happened.append("undone"))
        event.listen(session, "before_commit", refuse)

    assert happened == ["undone"]


def test_what_waits_for_the_rollback_never_runs_when_nobody_knows_whether_the_work_was_kept(database):
    happened = []

    def break_off(_session):
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("gone"), connection_invalidated=True)

    with pytest.raises(CommitUnknown), database.transaction() as session:
        session.add(Person(name="Ada"))
        session.flush()
        database.after_rollback(lambda: happened.append("undone"))
        event.listen(session, "before_commit", break_off)

    assert happened == []


def test_what_waits_for_the_rollback_runs_when_its_savepoint_is_undone(database):
    happened = []

    with database.transaction():
        database.after_rollback(lambda: happened.append("outside"))
        with suppress(ValueError), database.savepoint():
            database.after_rollback(lambda: happened.append("inside"))
            raise ValueError

    assert happened == ["inside"]


def test_what_follows_the_end_is_kept_after_a_commit(database, stored):
    with database.transaction() as session:
        session.add(Person(name="Ada"))
        database.after_outcome(audit(database))

    assert stored() == ["Ada", "audited"]


def test_what_follows_the_end_survives_the_rollback(database, stored):
    with pytest.raises(ValueError), database.transaction() as session:  # noqa: PT011
        session.add(Person(name="lost"))
        database.after_outcome(audit(database))
        raise ValueError

    assert stored() == ["audited"]


def test_what_follows_the_end_survives_a_commit_that_fails(database, stored, add):
    add(database, "taken")

    with pytest.raises(Exception, match="already exists"), database.transaction() as session:
        session.add(Person(name="taken"))
        database.after_outcome(audit(database))

    assert stored() == ["audited", "taken"]


def test_what_follows_the_end_finds_the_work_committed(database, stored):
    seen = []

    with database.transaction() as session:
        session.add(Person(name="Ada"))
        database.after_outcome(lambda: seen.append(stored()))

    assert seen == [["Ada"]]


@pytest.mark.parametrize("kind_of_scope", [Kind.READ, Kind.SNAPSHOT, Kind.REPLICA])
def test_what_follows_the_end_of_a_scope_that_reads_may_write(database, stored, kind_of_scope):
    with database._scope(kind_of_scope):
        database.after_outcome(audit(database))

    assert stored() == ["audited"]


def test_what_follows_the_end_of_a_snapshot_inside_reading_may_write(database, stored):
    with database.reading():
        with database.transaction(read_only=True):
            database.after_outcome(audit(database))

        assert stored() == ["audited"]


def test_all_that_follows_one_scope_shares_one_transaction(database, stored, begun):
    with database.transaction() as session:
        session.add(Person(name="Ada"))
        for number in range(3):
            database.after_outcome(audit(database, f"audited {number}"))

    assert (len(stored()), len(begun)) == (4, 2)


def test_where_nothing_is_due_no_transaction_follows(database, begun):
    with database.transaction() as session:
        session.scalars(select(Person)).all()
    with database.reading() as session:
        session.scalars(select(Person)).all()

    assert len(begun) == 1


def test_a_fault_in_what_follows_the_end_is_only_logged(database, stored, caplog):
    with database.transaction() as session:
        session.add(Person(name="Ada"))
        database.after_outcome(fail)

    assert stored() == ["Ada"]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_fault_in_what_follows_the_end_hides_no_error_of_the_work(database, caplog):
    with pytest.raises(ValueError, match="of the work"), database.transaction():
        database.after_outcome(fail)
        raise ValueError("of the work")

    assert "what was to happen after the work failed" in caplog.text


def test_what_follows_the_end_runs_outside_the_ended_scope(database, stored):
    with database.transaction() as session:
        session.add(Person(name="Ada"))
        database.after_outcome(lambda: database.after_commit(lambda: audit_alone(database)))

    assert stored() == ["Ada", "alone"]


def audit_alone(database):
    with pytest.raises(SetupError):
        database.session  # noqa: B018
    with database.transaction() as session:
        session.add(Person(name="alone"))


def test_a_writing_scope_that_is_held_too_long_is_logged(database, caplog, monkeypatch):
    monkeypatch.setattr("carboy.data.scope.HELD_TOO_LONG_SECONDS", 0.0)

    with database.transaction() as session:
        session.scalars(select(Person)).all()

    assert "held for" in caplog.text
