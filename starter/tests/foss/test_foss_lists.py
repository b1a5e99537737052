"""Searching the catalogue, on every database, in plain SQL and through the ORM."""

import pytest
from carboy.data import Window
from carboy.data.pages import write_cursor
from carboy.errors import Invalid

from starter.foss import domain
from starter.foss.domain import Filters

NAMES = ["apt", "Blender", "curl", "Debian", "GIMP", "git", "Krita", "Zlib", "zsh"]


@pytest.fixture
def catalogue(database, backend, details):
    """Projects that came in another order than that of their names, all at the same moment and not."""
    with database.transaction():
        for number, name in enumerate(NAMES[::-2] + NAMES[-2::-2]):
            domain.create(backend, details(name, "MIT" if number % 2 else "curl"))
    return backend


@pytest.fixture
def search(database):
    def names(backend, *, sort="name", limit=100, cursor=None, **filters):
        with database.reading():
            window = Window(limit=limit, cursor=cursor)
            page = domain.search(backend, Filters(**filters), sort=sort, window=window)
        return [one.details.name for one in page.items], page.next_cursor

    return names


def walk(search, *backends, **wanted):
    """Walk the list page by page, each page by the next of the backends."""
    cursor, seen = None, []
    for turn in range(100):
        page, cursor = search(backends[turn % len(backends)], cursor=cursor, **wanted)
        seen += page
        if cursor is None:
            return seen
    raise AssertionError("the list has no end")


def test_by_name_means_as_people_sort_whatever_the_case(catalogue, search):
    assert search(catalogue)[0] == NAMES


def test_the_newest_come_first(catalogue, search):
    assert search(catalogue, sort="-created_at")[0] == (NAMES[::-2] + NAMES[-2::-2])[::-1]


@pytest.mark.parametrize("sort", ["name", "-created_at"])
@pytest.mark.parametrize("limit", [1, 2, 4, 9, 10])
def test_the_pages_are_the_whole_list(catalogue, search, sort, limit):
    whole, _ = search(catalogue, sort=sort)

    assert walk(search, catalogue, sort=sort, limit=limit) == whole


@pytest.mark.parametrize("sort", ["name", "-created_at"])
def test_projects_of_one_moment_are_neither_skipped_nor_repeated(clock, catalogue, search, database, details, sort):
    with database.transaction():
        for number in range(7):
            domain.create(catalogue, details(f"same moment {number}"))

    assert walk(search, catalogue, sort=sort, limit=2) == search(catalogue, sort=sort)[0]


@pytest.mark.parametrize("sort", ["name", "-created_at"])
def test_a_page_of_one_backend_leads_to_the_next_of_the_other(catalogue, twin, search, sort):
    assert walk(search, catalogue, twin, sort=sort, limit=2) == search(catalogue, sort=sort)[0]


def test_who_comes_and_goes_between_two_pages_moves_nobody_else(catalogue, search, database, details):
    first, cursor = search(catalogue, limit=3)
    with database.transaction():
        domain.create(catalogue, details("aaa"))
        domain.create(catalogue, details("dmd"))

    second, _ = search(catalogue, limit=100, cursor=cursor)

    assert first + second == [*NAMES[:4], "dmd", *NAMES[4:]]


def test_a_filter_by_licence_shows_that_licence_on_every_page(catalogue, search):
    mit, others = (walk(search, catalogue, licence=licence, limit=2) for licence in ("MIT", "curl"))

    assert sorted([*mit, *others], key=str.casefold) == NAMES
    assert search(catalogue, licence="ISC") == ([], None)


@pytest.mark.parametrize(
    ("text", "found"), [("z", ["Zlib", "zsh"]), ("GI", ["GIMP", "git"]), ("RI", ["Krita"]), ("q", [])]
)
def test_a_search_looks_anywhere_in_the_name_whatever_the_case(catalogue, search, text, found):
    assert search(catalogue, text=text)[0] == found


def test_filters_and_pages_go_together(catalogue, search):
    both = [name for name in search(catalogue, licence="MIT")[0] if "i" in name.casefold()]

    assert walk(search, catalogue, text="i", licence="MIT", limit=1) == both


@pytest.mark.parametrize("text", ["%", "_", "!", "\\", "'", '"', "%s", ":text", "?", "!%", "ß"])
def test_what_is_searched_for_is_text_and_no_pattern(catalogue, search, database, details, text):
    with database.transaction():
        domain.create(catalogue, details(f"a{text}b"))

    assert search(catalogue, text=text)[0] == [f"a{text}b"]


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "eyJ9", write_cursor([1]), write_cursor(["a", "b"]), write_cursor(["a\0"]), write_cursor([])],
)
@pytest.mark.parametrize("sort", ["name", "-created_at"])
def test_a_cursor_that_we_did_not_make_is_refused(catalogue, search, cursor, sort):
    with pytest.raises(Invalid) as refused:
        search(catalogue, sort=sort, cursor=cursor)

    assert list(refused.value.problems) == ["cursor"]


def test_a_cursor_belongs_to_the_order_that_it_was_made_for(catalogue, search):
    _, cursor = search(catalogue, sort="name", limit=1)

    with pytest.raises(Invalid):
        search(catalogue, sort="-created_at", cursor=cursor)
