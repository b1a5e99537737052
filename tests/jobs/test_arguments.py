"""What a job is asked with goes through JSON, and comes out as what it was; or it is refused where it is asked."""

import enum
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from carboy.context import utc_now
from carboy.errors import SetupError
from carboy.jobs import Jobs, State, job
from carboy.jobs.arguments import read, write
from carboy.jobs.declaring import handler_of

on_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


class Address(BaseModel):
    street: str
    height: float = 0.0


@dataclass
class Point:
    x: int
    y: int


@job
def typed(
    number: int = 0,
    fraction: float = 0.0,
    name: str = "",
    moment: datetime | None = None,
    day: date | None = None,
    wait: timedelta | None = None,
    identity: UUID | None = None,
    colour: Colour | None = None,
    price: Decimal | None = None,
    address: Address | None = None,
    points: list[Point] = (),
): ...


@job
def untyped(value): ...


@job
def secretive(word: SecretStr): ...


def there_and_back(function, *given, **named):
    handler = handler_of(function)
    return read(handler, write(handler, given, named), handler.version)


TYPED = {
    "number": st.integers(),
    "fraction": st.floats(allow_nan=False, allow_infinity=False),
    "name": st.text(),
    "moment": st.datetimes(timezones=st.timezones()).map(lambda moment: moment.astimezone(utc_now().tzinfo)),
    "day": st.dates(),
    "wait": st.timedeltas(),
    "identity": st.uuids(),
    "colour": st.sampled_from(Colour),
    "price": st.decimals(allow_nan=False, allow_infinity=False),
    "address": st.builds(Address, street=st.text(), height=st.floats(allow_nan=False, allow_infinity=False)),
    "points": st.lists(st.builds(Point, st.integers(), st.integers())),
}


@given(st.fixed_dictionaries({}, optional=TYPED))
def test_whatever_is_taken_comes_back_as_it_was(values):
    try:
        written = write(handler_of(typed), (), values)
    except SetupError:
        return

    assert read(handler_of(typed), written, 1) == values


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(JSON)
def test_what_json_would_change_on_the_way_is_refused(value):
    try:
        back = there_and_back(untyped, value)
    except SetupError:
        return

    assert back == {"value": value}


def test_the_types_of_daily_use_are_taken():
    asked = {
        "number": 2**70, "fraction": 0.1, "name": "Ädä \0", "moment": utc_now(), "day": date(2024, 2, 29),
        "wait": timedelta(microseconds=1), "identity": uuid4(), "colour": Colour.RED, "price": Decimal("0.10"),
        "address": Address(street="Rue"), "points": [Point(1, 2)],
    }  # fmt: skip

    assert there_and_back(typed, **asked) == asked


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("no number",), {}),
        ((1.5,), {}),
        ((), {"unknown": 1}),
        ((1,), {"number": 1}),
        (tuple(range(20)), {}),
        ((), {"fraction": float("nan")}),
        ((), {"fraction": float("inf")}),
        ((), {"address": Address(street="", height=float("nan"))}),
        ((), {"name": "\udcff"}),
        ((), {"colour": "blue"}),
    ],
)
def test_what_does_not_fit_the_parameters_is_refused_with_the_name_of_the_job(given, named):
    with pytest.raises(SetupError, match=r"test_arguments\.typed cannot be asked for"):
        write(handler_of(typed), given, named)


@pytest.mark.parametrize("value", [object(), {1, 2}, b"\xff", float("nan"), [float("inf")], (1, 2), {1: 2}, utc_now()])
def test_without_a_type_only_what_json_has_is_taken(value):
    with pytest.raises(SetupError, match="cannot be asked for"):
        write(handler_of(untyped), (value,), {})


def test_a_secret_that_would_arrive_as_stars_is_refused():
    with pytest.raises(SetupError, match="cannot be asked for"):
        write(handler_of(secretive), (SecretStr("pw"),), {})


def test_what_is_wrong_with_arguments_is_said_without_the_value():
    with pytest.raises(SetupError) as refused:
        write(handler_of(typed), ("hunter2",), {})

    assert "hunter2" not in str(refused.value)


@on_sqlite
def test_a_default_that_is_left_out_is_the_later_release_s_own(ask, database, make_workplace, row):
    @job(name="greet")
    def before(name: str, greeting: str = "Hello"): ...

    @job(name="greet")
    def after(name: str, greeting: str = "Good day"):
        return f"{greeting}, {name}"

    asked = ask(before, "Ada")
    later = Jobs(database)
    later.register(after)
    place = make_workplace(later)
    place.run(place.claim(["default"]))

    assert row(asked).result == '"Good day, Ada"'


@job(name="export")
def export_of_old(list_id: int): ...


@job(name="export", version=3, upgrade=lambda version, old: {"lists": [old["list_id"] + version]})
def export(lists: list[int]):
    return lists


def release(database, function):
    room = Jobs(database)
    room.register(function)
    return room


@on_sqlite
def test_arguments_of_an_older_release_are_brought_up_to_date(ask, database, make_workplace, row):
    asked = ask(export_of_old, 7)
    place = make_workplace(release(database, export))

    place.run(place.claim(["default"]))

    assert row(asked).result == "[8]"


@on_sqlite
def test_arguments_of_an_older_release_that_nobody_can_read_are_a_failure_that_says_so(
    ask, database, make_workplace, row
):
    @job(name="export", version=2)
    def careless(list_id: int): ...

    asked = ask(export_of_old, 7)
    place = make_workplace(release(database, careless))

    place.run(place.claim(["default"]))

    assert (row(asked).state, row(asked).failures) == (State.QUEUED, 1)
    assert "Say upgrade=" in row(asked).error


@on_sqlite
def test_arguments_of_a_newer_release_wait_for_it_untouched(database, ask, make_workplace, row):
    asked = ask(export, [7])
    older, newer = (make_workplace(release(database, one)) for one in (export_of_old, export))
    before = row(asked)

    older.run(older.claim(["default"]))

    left = row(asked)
    assert older.due(["default"]) == []
    assert (left.state, left.arguments, left.failures, left.losses) == (State.QUEUED, before.arguments, 0, 0)
    newer.run(newer.claim(["default"]))
    assert row(asked).result == "[7]"


def test_arguments_that_this_release_does_not_understand_are_told_without_their_values():
    with pytest.raises(SetupError, match="does not understand") as refused:
        read(handler_of(typed), '{"point": "sesame"}', 1)

    assert "sesame" not in str(refused.value)
