"""A cursor comes from outside: whatever is in it, the answer is a page or Invalid, and nothing else."""

import base64
import json

import pytest
from data_sample import Person, Specimen
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from carboy.data import Database, Page, Window, keyset_page
from carboy.data.pages import read_cursor, write_cursor
from carboy.data.scope import Kind
from carboy.errors import Invalid

pytestmark = pytest.mark.filterwarnings("ignore:Dialect sqlite")

HONEST = {
    "whole": 1,
    "ratio": 0.5,
    "amount": "1.25",
    "flag": True,
    "label": "a",
    "day": "2024-02-29",
    "moment": "2024-02-29T12:00:00+00:00",
    "token": "01234567-89ab-7def-8123-456789abcdef",
    "id": "01234567-89ab-7def-8123-456789abcdef",
}
COLUMNS = [getattr(Specimen, name) for name in HONEST]


def packed(text):
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).rstrip(b"=").decode()


def cursor_with(**changes):
    return packed(json.dumps([*(HONEST | changes).values()]))


def page_after(database, cursor):
    with database.open_session(Kind.READ) as session:
        return keyset_page(session, select(Specimen), order=COLUMNS[:-1], key=Specimen.id, window=Window(cursor=cursor))


@pytest.fixture(scope="module")
def one_sqlite(tmp_path_factory):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('cursors')}/cursors_test.sqlite")
    Specimen.metadata.create_all(database.engine())
    yield database
    database.close()


def test_an_honest_cursor_is_taken(database):
    assert page_after(database, cursor_with()) == Page([], None)


WRONG = {
    "whole": [2**63, -(2**63), 10**400, 1.0, True, "1", None, [1], {"a": 1}, float("nan")],
    "ratio": [float("inf"), float("-inf"), float("nan"), 10**400, "0.5", True, None, [], {}],
    "amount": ["NaN", "sNaN", "Infinity", "-Infinity", "1e999999", "1e-999999", "1" * 500, "", "x", None, [], {}, True],
    "flag": [0, 1, "true", None, []],
    "label": ["a\0b", "\ud800", "\udfff", 1, None, ["a"], {}],
    "day": ["2024-02-30", "2024", "", "2024-02-29T00:00:00", 20240229, None, [], "10000-01-01"],
    "moment": [
        "2024-02-29T12:00:00",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "2024-02-29",
        "now",
        1709208000,
        None,
        [],
        {},
    ],
    "token": ["", "0123", "g" * 32, 5, 5.5, None, [], {}, True],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_that_the_column_cannot_hold_is_invalid(database, name):
    for value in WRONG[name]:
        with pytest.raises(Invalid) as caught:
            page_after(database, cursor_with(**{name: value}))

        assert list(caught.value.problems) == ["cursor"], value


PLACES = [
    ("whole", 2**63 - 1),
    ("ratio", 5),
    ("ratio", 1.7e308),
    ("ratio", 5e-324),
    ("amount", "1e50"),
    ("amount", "-1e-50"),
    ("label", "x" * 10_000),
    ("label", "%s' -- \\"),
    ("day", "0001-01-01"),
    ("day", "9999-12-31"),
    ("moment", "0001-01-01T00:00:00+00:00"),
    ("moment", "9999-12-31T23:59:59.999999+00:00"),
]


def test_a_value_that_no_row_has_is_a_place_in_the_list_all_the_same(database):
    for name, value in PLACES:
        assert page_after(database, cursor_with(**{name: value})) == Page([], None)


@pytest.mark.parametrize("visits", [2**31, -(2**62), 2**63 - 1])
def test_a_number_larger_than_its_column_is_a_place_in_the_list(database, visits):
    window = Window(cursor=packed(json.dumps([visits, HONEST["id"]])))

    with database.reading() as session:
        assert keyset_page(session, select(Person), order=[Person.visits], key=Person.id, window=window).items == []


NONE = [
    "",
    "x",
    "=",
    "====",
    "not base64!",
    "ünïcode",
    "\0",
    "A" * 100_000,
    packed(""),
    packed("[]"),
    packed("{}"),
    packed("null"),
    packed("1"),
    packed('"text"'),
    packed("[1"),
    packed("[" * 100_000),
    packed("[" + "[" * 500 + "]" * 500 + "]"),
    packed("[1]"),
    packed(json.dumps([*HONEST.values()][:-1])),
    packed(json.dumps([*HONEST.values(), 1])),
    packed(json.dumps(HONEST)),
    packed("[" + "9" * 5000 + "]"),
    base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode(),
    write_cursor(["another list's"]),
]


@pytest.mark.parametrize("cursor", NONE, ids=[cursor[:20].encode("unicode-escape").decode() for cursor in NONE])
def test_a_cursor_that_is_none_is_invalid(cursor):
    with pytest.raises(Invalid):
        read_cursor(cursor, COLUMNS)


def test_the_cursor_of_another_list_is_invalid(database, add):
    add(database, "Ada", "Bob")
    with database.reading() as session:
        people = keyset_page(session, select(Person), order=[Person.name], key=Person.id, window=Window(limit=1))

    with pytest.raises(Invalid):
        page_after(database, people.next_cursor)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([*HONEST.values()]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(changes=st.dictionaries(st.sampled_from([*HONEST]), VALUES, min_size=1, max_size=3))
@settings(max_examples=200)
def test_any_values_give_a_page_or_are_invalid(one_sqlite, changes):
    try:
        page = page_after(one_sqlite, cursor_with(**changes))
    except Invalid:
        return

    assert page == Page([], None)


@given(st.text() | st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode()) | VALUES.map(json.dumps))
@settings(max_examples=200)
def test_any_text_gives_values_or_is_invalid(cursor):
    try:
        values = read_cursor(cursor, [Specimen.label])
    except Invalid:
        return

    assert [type(value) for value in values] == [str]


@given(st.text(), st.integers(-(2**63) + 1, 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_what_was_packed_is_unpacked_as_it_was(text, whole, ratio, flag):
    text = "".join(sign for sign in text if sign != "\0" and not "\ud800" <= sign <= "\udfff")
    columns = [Specimen.label, Specimen.whole, Specimen.ratio, Specimen.flag]

    assert read_cursor(write_cursor([text, whole, ratio, flag]), columns) == [text, whole, ratio, flag]
