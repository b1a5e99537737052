"""Of many callers that want the same thing at the same moment, one gets it."""

import pytest
from data_sample import Person, Pet, Specimen
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from carboy.data import win_insert, win_update
from carboy.errors import Conflict

RACERS = 8


def claim(session, name="Ada", returning=(Person.visits, Person.name)):
    return win_update(
        session,
        Person,
        where=(Person.name == name) & (Person.visits == 0),
        values={"visits": 7},
        returning=returning,
    )


def take(session, name="Ada"):
    return win_insert(session, Person, values={"name": name}, returning=(Person.id, Person.name, Person.visits))


def test_of_many_who_change_a_row_one_wins_and_the_rest_go_on_working(database, add, at_once, stored):
    add(database, "Ada")
    names = iter(f"racer {number}" for number in range(RACERS))

    def race():
        with database.transaction() as session:
            won = claim(session)
            session.add(Person(name=next(names)))
            return won

    results = [future.result() for future in at_once(race, threads=RACERS)]

    assert [tuple(result) for result in results if result is not None] == [(7, "Ada")]
    assert len(stored()) == RACERS + 1


@pytest.mark.parametrize("want", [claim, take])
def test_who_comes_while_another_is_winning_waits_and_then_has_lost(database, add, beside, want):
    if want is claim:
        add(database, "Ada")

    def come_late():
        with database.transaction() as session:
            return want(session)

    with database.transaction() as session:
        assert want(session)
        late = beside(come_late)
        with pytest.raises(TimeoutError):
            late.result(timeout=0.2)

    assert late.result(timeout=5) is None


def test_of_many_who_insert_a_row_one_wins_and_the_rest_go_on_working(database, at_once, stored):
    names = iter(f"racer {number}" for number in range(RACERS))

    def race():
        with database.transaction() as session:
            won = take(session)
            session.add(Person(name=next(names)))
            return won

    results = [future.result() for future in at_once(race, threads=RACERS)]

    assert [result.name for result in results if result is not None] == ["Ada"]
    assert len(stored()) == RACERS + 1


def test_every_row_is_won_once_by_those_who_race_for_many(database, add, at_once):
    wanted = [f"job {number}" for number in range(10)]
    add(database, *wanted)

    def race():
        won = []
        for name in wanted:
            with database.transaction() as session:
                won += [row.name for row in [claim(session, name)] if row]
        return won

    won = [name for future in at_once(race, threads=4) for name in future.result()]

    assert sorted(won) == wanted


def test_the_winner_reads_the_row_as_it_is_after_the_change(database, add):
    add(database, "Ada")

    with database.transaction() as session:
        won = claim(session, returning=(Person.id, Person.visits, Person.created_at, Person.updated_at))
        stored = session.scalars(select(Person)).one()

    assert tuple(won) == (stored.id, 7, stored.created_at, stored.updated_at)
    assert won.updated_at > won.created_at


def test_a_winner_may_change_what_it_was_found_by(database, add):
    add(database, "Ada")

    with database.transaction() as session:
        won = win_update(session, Person, where=Person.name == "Ada", values={"name": "Bob"}, returning=(Person.name,))

    assert won.name == "Bob"


def test_the_winner_of_an_insert_reads_what_was_filled_in(database):
    with database.transaction() as session:
        won = win_insert(session, Specimen, values={}, returning=(Specimen.id, Specimen.moment, Specimen.created_at))
        stored = session.scalars(select(Specimen)).one()

    assert tuple(won) == (stored.id, stored.moment, stored.created_at)


def test_what_the_session_has_pending_takes_part(database):
    with database.transaction() as session:
        session.add(Person(name="Ada"))

        assert take(session) is None
        assert claim(session).name == "Ada"


def test_a_lost_insert_changes_nothing(database, stored, add):
    add(database, "Ada")

    with database.transaction() as session:
        assert take(session) is None
        assert take(session) is None
        assert take(session, "Bob").name == "Bob"

    assert stored() == ["Ada", "Bob"]


def test_a_win_that_is_rolled_back_is_free_again(database, add):
    add(database, "Ada")

    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        assert claim(session)
        raise ZeroDivisionError

    with database.transaction() as session:
        assert claim(session)


def test_only_a_row_like_it_makes_an_insert_lose(database):
    with pytest.raises(Conflict), database.transaction() as session:
        win_insert(session, Pet, values={"owner_id": Pet.id.default.arg(None), "name": "Rex"}, returning=(Pet.id,))
    with pytest.raises(DBAPIError), database.transaction() as session:
        win_insert(session, Person, values={"name": None}, returning=(Person.id,))
