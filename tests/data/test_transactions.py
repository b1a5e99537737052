"""What is done in one transaction is kept together or lost together."""

from contextlib import suppress
from threading import Event

import pytest
from data_sample import Person
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from carboy.data.scope import Kind
from carboy.errors import CarboyError, Conflict, SetupError


class Replayed(CarboyError):
    commits = True


def names_by_driver(database):
    cursor = database.driver.cursor()
    cursor.execute("SELECT name FROM data_person ORDER BY name")
    return [row[0] for row in cursor.fetchall()]


def test_what_a_transaction_did_is_kept_together(database, stored):
    with database.transaction() as session:
        session.add(Person(name="Ada"))
        session.flush()
        session.add(Person(name="Bob"))
        assert stored() == []

    assert stored() == ["Ada", "Bob"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_what_a_failed_transaction_did_is_lost_together(database, stored, held, error):
    with pytest.raises(error), database.transaction() as session:
        session.add(Person(name="Ada"))
        session.flush()
        raise error

    assert (stored(), held(database)) == ([], 0)


def test_a_nested_transaction_joins_the_outer_one(database, stored):
    with pytest.raises(ValueError, match="outer"), database.transaction() as outer:
        with database.transaction() as inner:
            inner.add(Person(name="Ada"))
        assert inner is outer
        raise ValueError("outer")

    assert stored() == []


def test_a_nested_failure_that_is_swallowed_spoils_the_outer_transaction(database, stored):
    def swallow():
        with database.transaction() as session:
            session.add(Person(name="half"))
            try:
                with database.transaction():
                    raise ValueError
            except ValueError:
                pass

    with pytest.raises(SetupError, match=r"db\.savepoint\(\)"):
        swallow()

    assert stored() == []


def test_a_nested_failure_to_read_spoils_nothing(database, stored):
    with database.transaction() as session:
        session.add(Person(name="Ada"))
        with pytest.raises(LookupError), database.reading():
            raise LookupError

    assert stored() == ["Ada"]


def test_a_savepoint_undoes_only_what_is_inside(database, stored):
    with database.transaction() as session:
        session.add(Person(name="before"))
        with pytest.raises(ValueError, match="inside"), database.savepoint() as inside:
            inside.add(Person(name="inside"))
            inside.flush()
            raise ValueError("inside")
        session.add(Person(name="after"))

    assert stored() == ["after", "before"]


def test_a_savepoint_that_succeeds_is_kept_with_the_rest(database, stored):
    with database.transaction(), database.savepoint() as inside:
        inside.add(Person(name="inside"))

    assert stored() == ["inside"]


def test_a_clash_inside_a_savepoint_leaves_the_transaction_usable(database, stored, add):
    add(database, "taken")

    with database.transaction() as session:
        with pytest.raises(IntegrityError), database.savepoint() as inside:
            inside.add(Person(name="taken"))
        session.add(Person(name="free"))

    assert stored() == ["free", "taken"]


def test_a_savepoint_takes_back_what_was_to_follow_the_commit(database):
    happened = []

    with database.transaction():
        database.after_commit(lambda: happened.append("outside"))
        with pytest.raises(ValueError, match="undo"), database.savepoint():
            database.after_commit(lambda: happened.append("inside"))
            database.after_outcome(lambda: happened.append("inside"))
            raise ValueError("undo")

    assert happened == ["outside"]


def test_a_nested_transaction_that_failed_inside_a_savepoint_is_mended_by_it(database, stored):
    def fail():
        with database.savepoint(), database.transaction() as session:
            session.add(Person(name="lost"))
            raise ValueError

    with database.transaction() as session:
        session.add(Person(name="kept"))
        with pytest.raises(ValueError):  # noqa: PT011
            fail()

    assert stored() == ["kept"]


def test_an_error_that_commits_keeps_the_work_and_still_propagates(database, stored):
    with pytest.raises(Replayed), database.transaction() as session:
        session.add(Person(name="family killed"))
        raise Replayed

    assert stored() == ["family killed"]


def test_an_error_that_commits_may_come_from_a_nested_transaction(database, stored):
    with pytest.raises(Replayed), database.transaction(), database.transaction() as session:
        session.add(Person(name="family killed"))
        raise Replayed

    assert stored() == ["family killed"]


def test_session_and_driver_see_each_others_rows(database, stored):
    with database.transaction() as session:
        session.add(Person(name="by session"))
        seen_by_driver = names_by_driver(database)
        database.driver.cursor().execute("UPDATE data_person SET name = 'by driver'")
        seen_by_session = session.scalars(select(Person.name)).all()

    assert (seen_by_driver, seen_by_session, stored()) == (["by session"], ["by driver"], ["by driver"])


def test_session_and_driver_roll_back_together(database, stored, add):
    add(database, "before")

    with pytest.raises(ValueError), database.transaction() as session:  # noqa: PT011
        database.driver.cursor().execute("UPDATE data_person SET name = 'by driver'")
        session.add(Person(name="by session"))
        session.flush()
        raise ValueError

    assert stored() == ["before"]


@pytest.mark.parametrize("touch", ["session", "driver"])
def test_outside_a_scope_the_error_says_what_to_do(database, touch):
    with pytest.raises(SetupError, match=r"with db\.transaction\(\).*with db\.reading\(\)"):
        getattr(database, touch)

    with pytest.raises(SetupError, match="No transaction is open"):
        database.after_commit(print)


def test_after_a_scope_has_ended_there_is_none(database):
    with database.transaction():
        pass

    with pytest.raises(SetupError, match="No transaction is open"):
        database.session  # noqa: B018


def test_threads_do_not_share_a_scope(database, beside):
    with database.transaction(), pytest.raises(SetupError, match="No transaction is open"):
        beside(lambda: database.session).result()


def test_two_databases_do_not_share_a_scope(database, make_database, database_url):
    other = make_database(database_url)

    with database.transaction(), pytest.raises(SetupError, match="No transaction is open"):
        other.session  # noqa: B018


def test_a_scope_that_touches_nothing_makes_no_pool(make_database, empty_url):
    database = make_database(empty_url)

    database.begin(Kind.WRITE).end()

    assert database._engines == {}


def test_an_abandoned_generator_gives_its_connection_back(database, stored, held):
    def walk():
        with database.transaction() as session:
            session.add(Person(name="lost"))
            session.flush()
            yield

    walking = walk()
    next(walking)
    walking.close()

    assert (held(database), stored()) == (0, [])
    with pytest.raises(SetupError, match="No transaction is open"):
        database.session  # noqa: B018


def test_a_generator_that_another_thread_abandons_gives_its_connection_back(database, stored, held, beside):
    def walk():
        with database.transaction() as session:
            session.add(Person(name="lost"))
            session.flush()
            yield

    walking = walk()
    next(walking)
    beside(walking.close).result()

    assert (held(database), stored()) == (0, [])
    with database.transaction() as session:
        session.add(Person(name="kept"))
    assert stored() == ["kept"]


def test_a_commit_that_clashes_is_a_conflict_and_keeps_nothing(database, stored, add):
    add(database, "taken")

    with pytest.raises(Conflict), database.transaction() as session:
        session.add(Person(name="first"))
        session.flush()
        session.add(Person(name="taken"))

    assert stored() == ["taken"]


def test_a_foreign_key_that_is_looked_at_only_in_the_commit_is_a_conflict(empty_database, kind, held):
    if kind == "mariadb":
        pytest.skip("MariaDB looks at foreign keys at once")
    with empty_database.transaction() as session:
        session.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        late = "REFERENCES parent DEFERRABLE INITIALLY DEFERRED"
        session.execute(text(f"CREATE TABLE child (parent_id INTEGER {late})"))

    with pytest.raises(Conflict), empty_database.transaction() as session:
        session.execute(text("INSERT INTO child VALUES (1)"))

    with empty_database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM child")) == 0


def test_a_failed_commit_runs_nothing_that_waited_for_it(database, add):
    happened = []
    add(database, "taken")

    with pytest.raises(Conflict), database.transaction() as session:
        database.after_commit(lambda: happened.append("said"))
        session.add(Person(name="taken"))

    assert happened == []


def test_rows_keep_their_values_after_the_commit(database):
    with database.transaction() as session:
        person = Person(name="Ada")
        session.add(person)

    assert person.name == "Ada"


def end_the_transaction_and_say_nothing(database, kind, beside):
    """Have the database itself undo the transaction, and swallow its error."""
    with suppress(Exception):
        if kind == "mariadb":
            lose_a_deadlock(database, beside)
        else:
            end = "INSERT OR ROLLBACK INTO data_person (id) VALUES (NULL)" if kind == "sqlite" else "SELECT nothing"
            database.session.execute(text(end))


def lose_a_deadlock(database, beside):
    """Fall victim to a deadlock: the other side has changed more rows."""
    lock = "UPDATE data_person SET visits = visits + 1 WHERE name {}"
    first_is_locked, second_is_locked = Event(), Event()

    def other_side():
        with database.transaction() as session:
            session.execute(text(lock.format("LIKE 'many%'")))
            second_is_locked.set()
            first_is_locked.wait(5)
            session.execute(text(lock.format("= 'one'")))

    other = beside(other_side)
    second_is_locked.wait(5)
    database.session.execute(text(lock.format("= 'one'")))
    first_is_locked.set()
    try:
        database.session.execute(text(lock.format("= 'many 1'")))
    finally:
        other.result()


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_transaction_that_the_database_ended_is_never_a_success(database, stored, kind, add, beside, goes_on):
    add(database, "one", *(f"many {number}" for number in range(9)))

    def work():
        with database.transaction() as session:
            session.add(Person(name="first"))
            session.flush()
            end_the_transaction_and_say_nothing(database, kind, beside)
            if goes_on:
                session.add(Person(name="second"))

    with pytest.raises(Exception):  # noqa: B017, PT011
        work()

    assert {"first", "second"}.isdisjoint(stored())
