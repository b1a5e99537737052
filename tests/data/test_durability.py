"""What a power failure may take back is said, and nothing else is."""

import pytest
from data_sample import Person
from sqlalchemy import text

from carboy.testing.database import PinnedDatabase

WAITS, DOES_NOT = 2, 1  # SQLite's numbers for FULL and NORMAL


def add(session, name):
    session.add(Person(name=name))
    session.flush()


def wait_of(session):
    return session.scalar(text("PRAGMA synchronous"))


@pytest.fixture
def sqlite(kind, database):
    if kind != "sqlite":
        pytest.skip("the servers wait for their disks as they are set up to")
    return database


def test_every_transaction_waits_for_the_disk_but_those_that_say_otherwise(sqlite):
    seen = []

    for durable in (True, False, True, False, False, True):
        with sqlite.transaction(durable=durable) as session:
            seen.append(wait_of(session))

    assert seen == [WAITS, DOES_NOT, WAITS, DOES_NOT, DOES_NOT, WAITS]


def test_a_nested_one_does_not_weaken_the_outer_one(sqlite):
    with sqlite.transaction() as outer:
        add(outer, "Ada")
        with sqlite.transaction(durable=False) as inner:
            assert wait_of(inner) == WAITS


def test_one_that_need_not_last_is_kept_and_seen_like_any_other(database, stored):
    with database.transaction(durable=False) as session:
        add(session, "Ada")

    assert stored() == ["Ada"]


def test_one_that_need_not_last_is_undone_like_any_other(database, stored):
    with pytest.raises(ValueError, match="no"), database.transaction(durable=False) as session:
        add(session, "Ada")
        raise ValueError("no")

    assert stored() == []


def test_in_the_transaction_of_a_test_it_changes_nothing(database):
    pinned = PinnedDatabase(database)
    with pinned.transaction(durable=False) as session:
        add(session, "Ada")

    with pinned.reading() as session:
        assert session.query(Person).count() == 1
    pinned.close()
