"""Pages, one after the other, are the whole list: nothing is skipped and nothing comes twice."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import pairwise

import pytest
import sqlalchemy as sa
from data_sample import Person, Sample, Specimen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from carboy.data import Database, Window, keyset_page
from carboy.data.scope import Kind
from carboy.errors import Invalid, SetupError

ORDERABLE = ("whole", "ratio", "amount", "flag", "label", "day", "moment", "token", "id")

pytestmark = pytest.mark.filterwarnings("ignore:Dialect sqlite")


def pages(session, order, *, limit, key=Specimen.id):
    """Walk the list from its beginning to its end."""
    cursor = None
    while True:
        window = Window(limit=limit, cursor=cursor)
        page = keyset_page(session, select(Specimen), order=order, key=key, window=window)
        yield [row.id for row in page.items]
        if (cursor := page.next_cursor) is None:
            return


def whole_list(session, order, key=Specimen.id):
    return list(session.scalars(select(Specimen.id).order_by(*order, key)))


def few(*values):
    """Values that are often equal, so that the next column has to decide."""
    return st.sampled_from(values)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "whole": few(0, 1) | st.integers(-(2**63) + 1, 2**63 - 1),
            "ratio": few(0.0, -0.0, 0.1) | st.floats(allow_nan=False, allow_infinity=False),
            "amount": few(Decimal("0.10"), Decimal(0)) | st.decimals(-(10**9), 10**9, places=2),
            "flag": st.booleans(),
            "label": few("", "a", "A", "a ") | st.text(st.characters(exclude_categories=["Cs"], min_codepoint=1)),
            "day": few(date(2024, 1, 1)) | st.dates(),
            "moment": few(datetime(2024, 1, 1, tzinfo=UTC))
            | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
            "token": st.uuids(),
            "id": st.uuids(),
        }
    ),
    unique_by=lambda row: row["id"],
    max_size=12,
)
DIRECTIONS = st.sampled_from(["asc", "desc"])
ORDERS = st.lists(st.tuples(st.sampled_from(ORDERABLE), DIRECTIONS), unique_by=lambda way: way[0], max_size=4)


@pytest.fixture(scope="module")
def one_sqlite(tmp_path_factory):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('pages')}/pages_test.sqlite")
    Sample.metadata.create_all(database.engine())
    yield database
    database.close()


@pytest.mark.long
@given(rows=ROWS, ways=ORDERS, key_way=DIRECTIONS, limit=st.integers(1, 5))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_pages_in_any_order_are_the_whole_list(one_sqlite, rows, ways, key_way, limit):
    order = [getattr(getattr(Specimen, name), way)() for name, way in ways]
    key = getattr(Specimen.id, key_way)()

    with one_sqlite.open_session(Kind.WRITE) as session:
        if rows:
            session.execute(insert(Specimen), rows)
        seen = list(pages(session, order, limit=limit, key=key))
        expected = whole_list(session, order, key)

    assert [identity for page in seen for identity in page] == expected
    assert all(len(page) == limit for page in seen[:-1])


@pytest.fixture
def crowd(database):
    """Forty rows, of which many are alike in some column."""
    dice = random.Random(7)
    labels = ["", "a", "A", "Ä", "ä", "Ada", "ada ", "日本", "~", "'"]
    rows = [
        {
            "whole": dice.choice([0, 1, -(2**62), 2**62]),
            "ratio": dice.choice([0.1, 1 / 3, -1e300, 1e-300]),
            "amount": dice.choice([Decimal("0.10"), Decimal("-1.25"), Decimal("1234567.89")]),
            "flag": dice.choice([True, False]),
            "label": dice.choice(labels),
            "day": date(2024, 1, 1) + timedelta(days=dice.randrange(3)),
            "moment": datetime(2024, 1, 1, tzinfo=UTC) + timedelta(microseconds=dice.randrange(3)),
        }
        for _ in range(40)
    ]
    with database.transaction() as session:
        session.execute(insert(Specimen), rows)
    return database


@pytest.mark.parametrize("seed", range(12))
def test_pages_are_the_whole_list_on_every_database(crowd, seed):
    dice = random.Random(seed)
    names = dice.sample(ORDERABLE[:-1], dice.randint(1, 4))
    order = [getattr(getattr(Specimen, name), dice.choice(["asc", "desc"]))() for name in names]

    with crowd.reading() as session:
        seen = list(pages(session, order, limit=dice.randint(3, 9)))
        expected = whole_list(session, order)

    assert [identity for page in seen for identity in page] == expected


@pytest.mark.parametrize("name", ORDERABLE)
def test_every_kind_of_column_can_order_a_list(crowd, name):
    order = [getattr(Specimen, name).desc()]

    with crowd.reading() as session:
        seen = list(pages(session, order, limit=7))
        expected = whole_list(session, order)

    assert [identity for page in seen for identity in page] == expected


def test_rows_that_come_and_go_between_pages_move_no_other(database):
    first = [Specimen(whole=number) for number in range(0, 20, 2)]
    with database.transaction() as session:
        session.add_all(first)
    seen = []

    cursor = None
    for turn in range(4):
        with database.transaction() as session:
            window = Window(limit=3, cursor=cursor)
            page = keyset_page(session, select(Specimen), order=[Specimen.whole], key=Specimen.id, window=window)
            seen += [row.whole for row in page.items]
            cursor = page.next_cursor
            session.execute(delete(Specimen).where(Specimen.whole.in_([seen[-1], 2 * turn, 17])))
            session.add_all([Specimen(whole=seen[-1] - 1), Specimen(whole=19)])
        if cursor is None:
            break

    stayed = [number for number in range(0, 20, 2) if number in seen]
    assert [number for number in seen if number % 2 == 0] == stayed == list(range(0, 20, 2))
    assert all(one <= other for one, other in pairwise(seen))


def test_the_last_page_has_no_cursor_even_if_it_is_full(crowd):
    with crowd.reading() as session:
        page = keyset_page(session, select(Specimen), order=[], key=Specimen.id, window=Window(limit=40))

    assert (len(page.items), page.next_cursor) == (40, None)


def test_an_empty_list_is_one_empty_page(database):
    with database.reading() as session:
        page = keyset_page(session, select(Specimen), order=[Specimen.day], key=Specimen.id, window=Window())

    assert (list(page.items), page.next_cursor) == ([], None)


def test_a_page_keeps_the_conditions_of_its_list(crowd):
    rows = select(Specimen).where(Specimen.flag).order_by(Specimen.label)

    with crowd.reading() as session:
        first = keyset_page(session, rows, order=[Specimen.whole], key=Specimen.id, window=Window(limit=2))
        window = Window(limit=100, cursor=first.next_cursor)
        rest = keyset_page(session, rows, order=[Specimen.whole], key=Specimen.id, window=window)
        wanted = session.scalars(select(Specimen.id).where(Specimen.flag).order_by(Specimen.whole, Specimen.id)).all()

    assert [row.id for row in [*first.items, *rest.items]] == wanted


@pytest.mark.parametrize("limit", [0, -1, 101, 10**9])
def test_a_page_size_out_of_range_is_invalid(limit):
    with pytest.raises(Invalid) as caught:
        Window(limit=limit)

    assert caught.value.problems == {"limit": ["Between 1 and 100."]}


class Colour(Enum):
    RED = "red"


ODD = sa.Table(
    "data_odd",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("maybe", sa.Integer, nullable=True),
    sa.Column("photo", sa.LargeBinary, nullable=False),
    sa.Column("colour", sa.Enum(Colour), nullable=False),
    sa.Column("length", sa.Interval, nullable=False),
    sa.Column("shape", sa.JSON, nullable=False),
)


@pytest.mark.parametrize("name", ["maybe", "photo", "colour", "length", "shape"])
def test_a_column_that_has_no_place_in_a_cursor_is_refused_at_the_first_page(one_sqlite, name):
    with one_sqlite.reading() as session, pytest.raises(SetupError, match=f"cannot be ordered by .*{name}"):
        keyset_page(session, select(ODD.c.id), order=[ODD.c[name].desc()], key=ODD.c.id, window=Window())


def test_an_order_that_says_where_null_goes_is_refused(one_sqlite):
    order = [Person.name.desc().nulls_last()]

    with one_sqlite.reading() as session, pytest.raises(SetupError, match="cannot be ordered by"):
        keyset_page(session, select(Person), order=order, key=Person.id, window=Window())


# --- Lists of columns, of which each item is a row

TABLE = Specimen.__table__.c
BY_NAME = select(TABLE.label, TABLE.whole, TABLE.flag.label("marked"))
TWO_WAYS = [TABLE.whole.desc(), TABLE.label.asc()]


def rows_of(session, rows, order, *, limit):
    """Walk a list of columns from its beginning to its end."""
    cursor, seen = None, []
    while True:
        window = Window(limit=limit, cursor=cursor)
        page = keyset_page(session, rows, order=order, key=TABLE.id, window=window)
        seen += page.items
        if (cursor := page.next_cursor) is None:
            return seen


@pytest.mark.parametrize("limit", [1, 7, 40])
def test_pages_of_columns_are_the_whole_list_and_hold_what_was_selected_alone(crowd, limit):
    with crowd.reading() as session:
        seen = rows_of(session, BY_NAME, TWO_WAYS, limit=limit)
        expected = session.execute(BY_NAME.order_by(*TWO_WAYS, TABLE.id)).all()

    assert [tuple(row) for row in seen] == [tuple(row) for row in expected]


def test_a_row_of_columns_is_read_by_their_names_although_the_order_has_the_same(crowd):
    rows = select(TABLE.id, TABLE.label, TABLE.whole.label("many"))

    with crowd.reading() as session:
        seen = rows_of(session, rows, [TABLE.label, TABLE.whole], limit=9)
        expected = session.execute(rows.order_by(TABLE.label, TABLE.whole, TABLE.id)).all()

    assert [(row.id, row.label, row.many) for row in seen] == [tuple(row) for row in expected]
    assert {row._fields for row in seen} == {("id", "label", "many")}


def test_a_single_column_is_a_list_of_its_values(crowd):
    with crowd.reading() as session:
        seen = rows_of(session, select(TABLE.label), [TABLE.day.desc()], limit=9)
        expected = session.scalars(select(TABLE.label).order_by(TABLE.day.desc(), TABLE.id)).all()

    assert seen == expected


def test_columns_of_another_table_may_have_no_row_there(crowd, add):
    add(crowd, "a", "Ada")
    rows = select(TABLE.label, Person.name).join(Person, Person.name == TABLE.label, isouter=True)

    with crowd.reading() as session:
        seen = rows_of(session, rows, [TABLE.whole], limit=6)
        expected = session.execute(rows.order_by(TABLE.whole, TABLE.id)).all()

    assert [tuple(row) for row in seen] == [tuple(row) for row in expected]
    assert {row.name for row in seen} >= {None, "Ada"}
    assert len(seen) >= 40


def test_things_and_columns_can_be_selected_together(crowd):
    rows = select(Specimen, (Specimen.whole + 0).label("again"))

    with crowd.reading() as session:
        seen = rows_of(session, rows, [Specimen.moment.desc()], limit=6)

        assert [row.again for row in seen] == [row.Specimen.whole for row in seen]
        assert [len(row) for row in seen] == [2] * 40


def test_an_empty_list_of_columns_is_one_empty_page(database):
    with database.reading() as session:
        page = keyset_page(session, BY_NAME, order=TWO_WAYS, key=TABLE.id, window=Window())

    assert (list(page.items), page.next_cursor) == ([], None)


@pytest.mark.parametrize("everything", [sa.literal_column("*"), sa.text("data_person.id, data_person.name")], ids=str)
def test_a_list_of_what_cannot_be_told_apart_is_refused(database, everything):
    with database.transaction() as session:
        session.add(Person(name="Ada"))

    with database.reading() as session, pytest.raises(SetupError, match="one by one"):
        rows = select(everything).select_from(Person.__table__)
        keyset_page(session, rows, order=[Person.__table__.c.name], key=Person.__table__.c.id, window=Window())


def test_columns_that_are_selected_and_walked_along_are_selected_once(database, statements):
    table = Person.__table__

    with database.reading() as session:
        keyset_page(session, select(table.c.id, table.c.name), order=[table.c.name], key=table.c.id, window=Window())

    assert statements[-1].partition("FROM")[0].count("name") == 1
