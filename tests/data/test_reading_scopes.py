"""A scope that reads cannot write, whoever tries and however; a snapshot sees one moment."""

import pytest
from data_sample import Person
from sqlalchemy import delete, insert, select, text, update

from carboy.data import Database
from carboy.errors import SetupError


def names(session):
    return sorted(session.scalars(select(Person.name)))


def write_by_orm(database):
    database.session.add(Person(name="sneaked"))


def write_by_core(database):
    database.session.execute(insert(Person).values(name="sneaked"))


def change_by_core(database):
    database.session.execute(update(Person).values(name="sneaked"))


def write_by_driver(database):
    database.driver.cursor().execute("DELETE FROM data_person")


@pytest.fixture(params=["reading", "replica", "snapshot", "snapshot inside reading"])
def read_only(request, database, add):
    """A way to open a scope that only reads, on a database with one person in it."""
    add(database, "Ada")
    return {
        "reading": database.reading,
        "replica": lambda: database.reading(replica=True),
        "snapshot": lambda: database.transaction(read_only=True),
        "snapshot inside reading": lambda: SnapshotInsideReading(database),
    }[request.param]


class SnapshotInsideReading:
    def __init__(self, database):
        self._scopes = [database.reading(), database.transaction(read_only=True)]

    def __enter__(self):
        return [scope.__enter__() for scope in self._scopes][-1]

    def __exit__(self, *error):
        inner, outer = reversed(self._scopes)
        try:
            inner.__exit__(*error)
        finally:
            outer.__exit__(None, None, None)


@pytest.mark.parametrize("write", [write_by_orm, write_by_core, change_by_core, write_by_driver])
def test_a_write_in_a_scope_that_reads_is_refused_by_the_database(database, stored, read_only, write):
    with pytest.raises(SetupError, match="only reads"), read_only():
        write(database)

    assert stored() == ["Ada"]


@pytest.mark.parametrize("write", [write_by_orm, write_by_core, change_by_core, write_by_driver])
def test_a_refused_write_hurts_nobody_who_reads_or_writes_later(database, stored, read_only, write, add):
    with pytest.raises(SetupError), read_only():
        write(database)

    with read_only() as session:
        assert names(session) == ["Ada"]
    add(database, "Bob")
    assert stored() == ["Ada", "Bob"]


def test_a_transaction_is_refused_inside_a_scope_that_reads(database, stored, read_only):
    with read_only(), pytest.raises(SetupError, match="cannot begin inside a scope that only reads"):
        with database.transaction() as session:
            session.add(Person(name="sneaked"))

    assert stored() == ["Ada"]


def test_reading_inside_a_transaction_sees_its_writes(database):
    with database.transaction() as session:
        session.add(Person(name="Ada"))
        with database.reading() as reader:
            assert names(reader) == ["Ada"]


def test_a_snapshot_inside_a_transaction_sees_its_writes(database):
    with database.transaction() as session:
        session.add(Person(name="Ada"))
        with database.transaction(read_only=True) as reader:
            assert names(reader) == ["Ada"]


def test_each_statement_that_reads_sees_what_is_committed_then(database, beside, add):
    with database.reading() as session:
        assert names(session) == []
        beside(add, database, "Ada").result()
        assert names(session) == ["Ada"]


@pytest.mark.parametrize("inside_reading", [False, True])
def test_a_snapshot_sees_one_moment_while_others_commit(database, beside, add, inside_reading):
    def look_twice():
        with database.transaction(read_only=True) as session:
            before = names(session)
            beside(add, database, "Ada").result()
            return before, names(session)

    if inside_reading:
        with database.reading():
            seen = look_twice()
    else:
        seen = look_twice()

    assert seen == ([], [])
    with database.reading() as session:
        assert names(session) == ["Ada"]


def test_a_transaction_sees_what_others_commit_after_its_first_look(database, beside, add, kind):
    if kind == "sqlite":
        pytest.skip("on SQLite nobody else writes meanwhile")

    with database.transaction() as session:
        assert names(session) == []
        beside(add, database, "Ada").result()
        assert names(session) == ["Ada"]


def test_a_snapshot_sees_one_moment_whatever_the_server_does_by_default(
    database, make_database, database_url, beside, add, kind
):
    if kind != "mariadb":
        pytest.skip("the others are told with each snapshot")
    set_level = "SET GLOBAL TRANSACTION ISOLATION LEVEL {}"
    with database.transaction() as session:
        session.execute(text(set_level.format("READ COMMITTED")))

    try:
        with make_database(database_url).transaction(read_only=True) as snapshot:
            assert names(snapshot) == []
            beside(add, database, "Ada").result()
            assert names(snapshot) == []
    finally:
        with database.transaction() as session:
            session.execute(text(set_level.format("REPEATABLE READ")))


def test_reading_inside_a_snapshot_sees_the_same_moment(database, beside, add):
    with database.transaction(read_only=True) as session:
        names(session)
        beside(add, database, "Ada").result()
        with database.reading() as reader:
            assert names(reader) == []


def test_a_connection_comes_out_of_a_snapshot_as_it_went_in(database, beside, add):
    with database.transaction(read_only=True) as session:
        names(session)

    with database.reading() as session:
        names(session)
        beside(add, database, "Ada").result()
        assert names(session) == ["Ada"]


def test_a_failed_snapshot_leaves_its_connection_usable(database, beside, add):
    with pytest.raises(ZeroDivisionError), database.transaction(read_only=True) as session:
        names(session)
        raise ZeroDivisionError

    with database.reading() as session:
        names(session)
        beside(add, database, "Ada").result()
        assert names(session) == ["Ada"]


def test_readers_wait_for_no_writer(database, beside, add):
    add(database, "Ada")

    with database.transaction() as session:
        session.execute(delete(Person))
        seen = beside(lambda: read_all(database)).result(timeout=5)

    assert seen == ["Ada"]


def test_a_transaction_writes_again_after_a_scope_that_reads(database, stored):
    with database.reading() as session:
        names(session)

    with database.transaction() as session:
        session.add(Person(name="Ada"))

    assert stored() == ["Ada"]


def test_only_a_replica_scope_reads_from_the_replica(database_url, kind, new_database, make_database, add):
    from data_sample import Sample

    replica = new_database(kind)
    database = make_database(database_url, read_url=replica)
    behind = Database(replica)
    Sample.metadata.create_all(behind.engine())
    add(behind, "behind")
    add(database, "primary")
    behind.close()

    with database.reading(replica=True) as session:
        assert names(session) == ["behind"]
        with database.reading() as primary:
            assert names(primary) == ["primary"]
    with database.reading() as session, database.reading(replica=True) as same:
        assert names(session) == names(same) == ["primary"]
    with database.transaction(read_only=True) as session, database.reading(replica=True) as same:
        assert names(session) == names(same) == ["primary"]
    with database.transaction() as session, database.reading(replica=True) as same:
        assert names(session) == names(same) == ["primary"]


def test_a_write_to_the_replica_is_refused_by_the_database(database_url, kind, new_database, make_database):
    from data_sample import Sample

    replica = new_database(kind)
    behind = make_database(replica)
    Sample.metadata.create_all(behind.engine())
    database = make_database(database_url, read_url=replica)

    with pytest.raises(SetupError, match="only reads"), database.reading(replica=True) as session:
        session.add(Person(name="sneaked"))

    assert read_all(behind) == []


def test_without_a_replica_the_primary_is_read(database, add):
    add(database, "Ada")

    with database.reading(replica=True) as session:
        assert names(session) == ["Ada"]
    assert len(database._engines) == 2


def read_all(database):
    with database.reading() as session:
        return names(session)
