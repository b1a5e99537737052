"""What every table has in common means the same on every database."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from data_sample import Draft, Person, Pet, Sample, Specimen
from sqlalchemy import Column, ForeignKey, Table, Uuid, inspect, select, text, update
from sqlalchemy.exc import StatementError

from carboy.context import utc_now
from carboy.data import uuid7
from carboy.data.model import Model

MOMENT = datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=14)))


def stored_specimen(database, **values):
    with database.transaction() as session:
        session.add(Specimen(**values))
    with database.reading() as session:
        return session.scalars(select(Specimen)).one()


def test_identifiers_are_unique_and_valid():
    made = {uuid7() for _ in range(100_000)}

    assert len(made) == 100_000
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}


@pytest.mark.parametrize("step", [250, 1_000, 999_999, 1_000_000, 10**9, 10**15])
def test_identifiers_sort_by_the_time_they_were_made(monkeypatch, step):
    start = 1_700_000_000_000_000_000
    times = [start + number * step for number in range(1000)]
    ticking = iter(times)
    monkeypatch.setattr("time.time_ns", lambda: next(ticking))

    made = [uuid7() for _ in times]

    assert made == sorted(made)
    assert [one.int >> 80 for one in made] == [moment // 10**6 for moment in times]


def test_rows_sort_by_age_on_every_database(database):
    made = [Person(id=uuid.UUID(int=uuid7().int + (number << 80)), name=f"{number}") for number in range(20)]

    with database.transaction() as session:
        session.add_all(reversed(made))
        session.flush()
        found = session.scalars(select(Person.name).order_by(Person.id)).all()

    assert found == [person.name for person in made]


def test_a_moment_comes_back_in_utc_to_the_microsecond(database):
    seen = stored_specimen(database, moment=MOMENT).moment

    assert (seen, seen.tzinfo, seen.microsecond) == (MOMENT, UTC, 123456)


@pytest.mark.parametrize("year", [1, 1969, 9998])
def test_a_moment_of_any_year_comes_back(database, year):
    moment = datetime(year, 6, 1, 12, 30, 0, 1, tzinfo=UTC)

    assert stored_specimen(database, moment=moment).moment == moment


def test_moments_compare_in_the_database_as_they_do_here(database):
    stored_specimen(database, moment=MOMENT)
    same_in_new_york = MOMENT.astimezone(timezone(timedelta(hours=-5)))

    with database.reading() as session:
        assert session.scalar(select(Specimen.id).where(Specimen.moment == same_in_new_york))
        later = MOMENT + timedelta(microseconds=1)
        assert session.scalar(select(Specimen.id).where(Specimen.moment >= later)) is None


def test_a_moment_without_a_zone_is_refused_and_the_error_says_what_to_use(database):
    with pytest.raises(StatementError, match="utc_now"), database.transaction() as session:
        session.add(Specimen(moment=datetime(2024, 1, 1)))  # noqa: DTZ001


def test_a_row_knows_when_it_was_made(database):
    before = utc_now()

    row = stored_specimen(database)

    assert before <= row.created_at <= row.updated_at <= utc_now()
    assert (row.created_at.tzinfo, row.seen_at) == (UTC, None)


@pytest.mark.parametrize("how", ["orm", "core"])
def test_a_change_moves_the_moment_of_change_and_only_that(database, how):
    before = stored_specimen(database)

    with database.transaction() as session:
        if how == "orm":
            session.scalars(select(Specimen)).one().whole = 1
        else:
            session.execute(update(Specimen).values(whole=1))
    with database.reading() as session:
        after = session.scalars(select(Specimen)).one()

    assert after.created_at == before.created_at
    assert after.updated_at > before.updated_at


def test_looking_at_a_row_or_leaving_it_as_it_is_moves_nothing(database):
    before = stored_specimen(database)

    with database.transaction() as session:
        row = session.scalars(select(Specimen)).one()
        row.whole = row.whole
    with database.reading() as session:
        assert session.scalars(select(Specimen)).one().updated_at == before.updated_at


def test_names_that_differ_in_anything_are_different_names(database, stored, add):
    names = ["ADA", "Ada", "Ada ", "Ädä", "ada", "ada\t"]

    add(database, *names)

    assert stored() == sorted(names)
    with database.reading() as session:
        assert session.scalars(select(Person.name).where(Person.name == "ada")).all() == ["ada"]


def test_a_name_may_hold_any_character(database, stored, add):
    names = ["😀", "日本語", "'); DROP TABLE data_person; --", "100%", "a\\b", '"quoted"', ":colon", "line\nbreak"]

    add(database, *names)

    assert stored() == sorted(names)


def test_long_text_and_long_bytes_come_back_whole(database):
    story, photo = "é" * 100_000, bytes(range(256)) * 1000

    row = stored_specimen(database, story=story, photo=photo)

    assert (row.story == story, row.photo == photo) == (True, True)


@pytest.mark.parametrize("ratio", [0.1, 1 / 3, 1e300, -5e-300, 123456789.123456789])
def test_a_float_comes_back_as_it_went_in(database, ratio):
    assert stored_specimen(database, ratio=ratio).ratio == ratio


@pytest.mark.filterwarnings("ignore:Dialect sqlite")
def test_values_of_every_type_come_back_as_they_went_in(database):
    values = {"whole": -(2**62), "amount": Decimal("1234567.89"), "flag": True, "token": uuid.uuid4()}

    row = stored_specimen(database, **values)

    assert {name: getattr(row, name) for name in values} == values


def test_a_row_is_a_dictionary_of_its_columns_without_secrets():
    person = Person(name="Ada", password="secret", visits=3)

    assert person.to_dict(only=["name", "visits"]) == {"name": "Ada", "visits": 3}
    assert set(person.to_dict(exclude=["id"])) == {"name", "visits", "created_at", "updated_at"}
    assert "secret" not in f"{person.to_dict()} {person!r} {person}"


@pytest.mark.parametrize(
    ("choice", "complaint"),
    [
        ({"only": ["password"]}, "Person shows no password. It has: id, name"),
        ({"exclude": ["password"]}, "Person shows no password"),
        ({"only": ["name", "nmae"]}, "Person shows no nmae"),
        ({"only": ["name"], "exclude": ["id"]}, "either"),
    ],
)
def test_a_dictionary_of_what_is_not_there_is_refused(choice, complaint):
    with pytest.raises(ValueError, match=complaint):
        Person(name="Ada").to_dict(**choice)


def test_a_row_is_shown_by_its_key():
    key = uuid7()

    assert repr(Person(id=key, name="Ada")) == f"<Person {key}>"


def test_a_version_counts_the_changes(database):
    with database.transaction() as session:
        draft = Draft(body="one")
        session.add(draft)
        session.flush()
        draft.body = "two"

    assert draft.version == 2


def test_constraints_have_the_same_name_on_every_database(database, kind):
    look = inspect(database.engine())

    assert [one["name"] for one in look.get_indexes("data_passport")][:1] == ["ix_data_passport_holder_id"]
    assert look.get_foreign_keys("data_pet")[0]["name"] == "fk_data_pet_owner_id_data_person"
    assert look.get_unique_constraints("data_pet")[0]["name"] == "uq_data_pet_owner_id_name"
    assert look.get_check_constraints("data_person")[0]["name"] == "ck_data_person_visits_are_counted"
    if kind != "mariadb":
        assert look.get_pk_constraint("data_pet")["name"] == "pk_data_pet"


def test_a_plain_table_can_refer_to_a_model(empty_database):
    pals = Table(
        "data_pals",
        metadata := Sample.metadata.__class__(naming_convention=Sample.metadata.naming_convention),
        Column("one", ForeignKey("data_person.id"), primary_key=True),
    )
    for name in ("data_person",):
        Sample.metadata.tables[name].to_metadata(metadata)

    metadata.create_all(empty_database.engine())

    assert inspect(empty_database.engine()).has_table(pals.name)


def test_the_id_comes_first_and_the_moments_last():
    assert [column.name for column in Pet.__table__.columns] == ["id", "owner_id", "name", "created_at", "updated_at"]
    assert issubclass(Pet, Model)
    assert isinstance(Pet.__table__.c.id.type, Uuid)


def test_the_clock_of_the_database_is_utc_as_well(database, kind):
    if kind == "sqlite":
        pytest.skip("SQLite's clock knows no zone")
    with database.transaction() as session:
        now = session.scalar(text("SELECT CURRENT_TIMESTAMP"))

    assert abs(now.replace(tzinfo=now.tzinfo or UTC) - utc_now()) < timedelta(minutes=1)
