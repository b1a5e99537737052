"""A row that is looked up takes no session, and is the row that a session would have found."""

import pytest
from data_sample import Person
from sqlalchemy import bindparam, exc, insert, select

from carboy.errors import Busy, SetupError, Unmigrated

BY_NAME = select(Person.id, Person.name).where(Person.name == bindparam("name"))


def test_it_is_the_row_or_nothing(database, add):
    add(database, "Ada", "Grace")

    assert database.look_up(BY_NAME, {"name": "Ada"}).name == "Ada"
    assert database.look_up(BY_NAME, {"name": "Nobody"}) is None


def test_what_the_scope_around_has_written_is_seen(database):
    with database.transaction() as session:
        session.add(Person(name="Ada"))
        session.flush()
        assert database.look_up(BY_NAME, {"name": "Ada"}) is not None

    assert database.look_up(BY_NAME, {"name": "Ada"}) is not None


def test_it_cannot_write(database):
    with pytest.raises(SetupError, match="only reads"):
        database.look_up(insert(Person).values(name=bindparam("name")).returning(Person.id), {"name": "sneaked"})

    assert database.look_up(BY_NAME, {"name": "sneaked"}) is None


def test_a_database_that_is_not_as_it_must_be_is_not_asked(database):
    def refuse(_database):
        raise Unmigrated("One migration is missing.")

    database.guard = refuse

    with pytest.raises(Unmigrated):
        database.look_up(BY_NAME, {"name": "Ada"})


def test_no_connection_is_kept(database, add):
    add(database, "Ada")

    for _ in range(40):
        database.look_up(BY_NAME, {"name": "Ada"})

    assert database.pools()["read"].checkedout() == 0


def test_a_database_that_does_not_answer_is_busy_from_the_first_question_on(database):
    def ask(_database):
        raise exc.TimeoutError("No connection came in time.")

    database.guard = ask

    with pytest.raises(Busy):
        database.look_up(BY_NAME, {"name": "Ada"})
