"""Events, the names of rooms, and numbers that come out of order: what needs no server."""

from uuid import UUID

import pytest

from carboy import context
from carboy.errors import SetupError
from carboy.live.event import LONGEST_DATA, LONGEST_MESSAGE, LONGEST_NAME, LONGEST_ROOM, Event
from carboy.live.names import Names
from carboy.live.numbers import MISSED_SECONDS, MOST_MISSING, Numbers


def test_an_event_brings_ids_as_words():
    some_id = UUID(int=7)

    assert Event.of("todos:7", "todo:changed", {"id": some_id}).data == {"id": str(some_id)}


def test_an_event_is_read_as_it_was_written():
    event = Event("todos:7", "todo:changed", {"ids": [1, None, "é\x00"]})

    assert Event.read(event.written()) == event


def test_an_event_brings_the_id_of_the_request_in_which_it_happened():
    with context.working_for("a-request-of-somebody"):
        event = Event.of("todos:7", "todo:changed")

    assert Event.read(event.written()).request_id == "a-request-of-somebody"


def test_an_event_that_fills_its_row_goes_without_the_id_of_its_request():
    with context.working_for("a" * 128):
        longest = Event.of("\x00" * LONGEST_ROOM, "\x00" * LONGEST_NAME, "x" * (LONGEST_DATA - 2))

    assert len(longest.written()) <= LONGEST_MESSAGE
    assert Event.read(longest.written()) == longest


@pytest.mark.parametrize("data", ["x" * LONGEST_DATA, object(), {"at": {1, 2}}])
def test_content_is_refused(data):
    with pytest.raises(SetupError):
        Event.of("todos:7", "todo:changed", data)


@pytest.mark.parametrize(("room", "name"), [("", "a"), ("a", ""), ("a" * (LONGEST_ROOM + 1), "a"), ("a", "a" * 65)])
def test_names_that_no_row_holds_are_refused(room, name):
    with pytest.raises(SetupError):
        Event.of(room, name)


def test_the_longest_event_fits_into_its_row():
    longest = Event.of("\x00" * LONGEST_ROOM, "\x00" * LONGEST_NAME, "x" * (LONGEST_DATA - 2))

    assert len(longest.written()) <= LONGEST_MESSAGE


@pytest.mark.parametrize("name", ["", "a b", "list:<Id>", "list:<a><b>", "list:*", ":", "a:"])
def test_a_room_has_a_name_that_can_be_asked_for(name):
    with pytest.raises(SetupError):
        Names().open(name, lambda who: True)


def test_no_room_is_opened_twice():
    names = Names()
    names.open("todos:mine", lambda who: True)

    with pytest.raises(SetupError):
        names.open("todos:mine", lambda who: True)


@pytest.mark.parametrize(
    ("answer", "room"), [(True, "list:7"), ("lists:of:7", "lists:of:7"), (False, None), (None, None), ("", None)]
)
def test_the_function_of_a_room_says_which_one_is_meant(answer, room):
    names = Names()
    names.open("list:<list_id>", lambda who, list_id: answer if list_id == "7" else None)

    assert names.room_for("ada", "list:7") == room
    assert names.room_for("ada", "list:8") is None


def test_a_dot_in_a_name_is_a_dot():
    names = Names()
    names.open("shop.todos", lambda who: True)

    assert names.room_for("ada", "shop-todos") is None


def test_what_was_left_out_is_asked_for_until_it_comes():
    numbers = Numbers([10])
    numbers.see(13)
    before = numbers.missing
    numbers.see(11)

    assert (before, numbers.missing, numbers.highest) == ([11, 12], [12], 13)


def test_what_was_left_out_before_the_start_is_asked_for_as_well():
    assert Numbers([14, 10, 13]).missing == [11, 12]


def test_a_number_that_never_comes_is_forgotten_in_the_end():
    now = [0.0]
    numbers = Numbers([10], now=lambda: now[0])
    numbers.see(12)

    now[0] = MISSED_SECONDS + 1
    numbers.see(13)

    assert numbers.missing == []


def test_no_more_is_remembered_than_can_be_asked_for():
    numbers = Numbers([10])

    numbers.see(10**9)
    numbers.see(2 * 10**9)

    assert len(numbers.missing) == MOST_MISSING
    assert min(numbers.missing) == 2 * 10**9 - MOST_MISSING
