"""`database.as_one()`: whatever transactions begin inside are one, and what only reads before them holds nothing."""

import asyncio

import pytest
from data_sample import Person
from sqlalchemy import select

from carboy.errors import CarboyError, SetupError


class Replayed(CarboyError):
    commits = True


def test_transactions_that_follow_each_other_are_kept_together_in_the_end(database, stored, add):
    with database.as_one():
        add(database, "Ada")
        add(database, "Bob")
        assert stored() == []

    assert stored() == ["Ada", "Bob"]


@pytest.mark.parametrize("error", [ValueError, Replayed, KeyboardInterrupt])
def test_all_of_them_are_lost_when_an_error_leaves(database, stored, add, held, error):
    with pytest.raises(error), database.as_one():
        add(database, "Ada")
        raise error

    assert (stored(), held(database)) == ([], 0)


def test_reading_before_the_first_of_them_lets_others_write(database, hasty_database, stored, add):
    with database.as_one():
        with database.reading() as session:
            session.scalars(select(Person)).all()
            add(hasty_database, "Bob")
        add(database, "Ada")

    assert stored() == ["Ada", "Bob"]


def test_what_reads_after_the_first_of_them_sees_what_it_wrote(database, add):
    with database.as_one():
        add(database, "Ada")

        with database.reading() as session:
            assert session.scalars(select(Person.name)).all() == ["Ada"]


def test_one_that_failed_and_was_swallowed_spoils_them_all(database, stored, add):
    with pytest.raises(SetupError, match="savepoint"), database.as_one():
        add(database, "Ada")
        with pytest.raises(ValueError, match="half"), database.transaction() as session:
            session.add(Person(name="half"))
            raise ValueError("half")

    assert stored() == []


def test_what_waits_for_the_commit_waits_for_the_end_of_all(database, add):
    told = []

    with database.as_one():
        with database.transaction():
            database.after_commit(lambda: told.append("Ada"))
        assert told == []

    assert told == ["Ada"]


def test_it_is_known_where_a_transaction_that_writes_is_open(database):
    seen = [database.is_writing]
    with database.reading():
        seen.append(database.is_writing)
    with database.as_one():
        seen.append(database.is_writing)
        with database.transaction():
            seen.append(database.is_writing)
        seen.append(database.is_writing)

    assert [*seen, database.is_writing] == [False, False, False, True, True, False]


def test_a_second_stretch_of_work_begins_anew(database, stored, add):
    with database.as_one():
        add(database, "Ada")
    with pytest.raises(ValueError, match="second"), database.as_one():
        add(database, "Bob")
        raise ValueError("second")

    assert stored() == ["Ada"]


def test_it_holds_across_asyncio_which_works_in_a_copy_of_the_context(database, stored, add):
    async def work():
        add(database, "Ada")

    with pytest.raises(ValueError, match="after"), database.as_one():
        asyncio.run(work())
        add(database, "Bob")
        raise ValueError("after")

    assert stored() == []


def test_what_asyncio_wrote_is_seen_and_kept_with_the_rest(database, stored, add):
    async def work():
        add(database, "Ada")

    with database.as_one():
        asyncio.run(work())
        assert database.is_writing
        assert database.session.scalars(select(Person.name)).all() == ["Ada"]

    assert stored() == ["Ada"]


def test_another_thread_of_the_same_work_may_read_and_is_refused_to_write(database, stored, add):
    async def work():
        with pytest.raises(SetupError, match="another thread"):
            await asyncio.to_thread(add, database, "Ada")
        return await asyncio.to_thread(count)

    def count():
        with database.reading() as session:
            return len(session.scalars(select(Person)).all())

    with database.as_one():
        assert asyncio.run(work()) == 0

    assert stored() == []


def test_one_inside_another_is_the_other(database, stored, add):
    with pytest.raises(ValueError, match="outer"), database.as_one():
        with database.as_one():
            add(database, "Ada")
        raise ValueError("outer")

    assert stored() == []
