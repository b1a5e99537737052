"""The rules of the catalogue, on every database, in plain SQL and through the ORM."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, timedelta
from threading import Barrier
from uuid import UUID

import pytest
from carboy.context import utc_now
from carboy.data import Window, uuid7
from carboy.errors import Conflict, Invalid, NotFound

from starter.foss import domain
from starter.foss.domain import Filters
from starter.foss.models import Details

ALL = Window(limit=100)


@pytest.fixture
def add(database, backend, details):
    """Put projects into the catalogue, by name alone or with all that is said, and return the last."""

    def store(*names, **said):
        with database.transaction():
            return [domain.create(backend, details(name, **said)) for name in names][-1]

    return store


@pytest.fixture
def names(database, backend):
    """The names that the catalogue shows."""

    def read(sort="name", window=ALL, **filters):
        with database.reading():
            return [
                one.details.name for one in domain.search(backend, Filters(**filters), sort=sort, window=window).items
            ]

    return read


@pytest.fixture
def reread(database, backend):
    def read(foss):
        with database.reading():
            return domain.get(backend, foss.id)

    return read


@pytest.mark.parametrize(
    "name", ["GNU Emacs", "'; DROP TABLE foss; --", "%s :name ?", "日本語 \N{BEER MUG}", "é" * 120]
)
def test_a_project_comes_back_as_it_was_put_in(add, reread, name):
    said = {
        "homepage": "https://example.org/?a=%41:b",
        "email": "ada@example.org",
        "description": "\N{BEER MUG}" * 2000,
    }

    made = add(name, **said)

    assert reread(made) == made
    assert made.details.name == name


def test_what_nobody_said_about_a_project_is_none(add, reread):
    found = reread(add("GNU Emacs")).details

    assert (found.homepage, found.email, found.description) == (None, None, None)


def test_a_project_says_when_it_came_in_utc_to_the_microsecond(clock, add, reread):
    clock.shift(timedelta(microseconds=1))

    found = reread(add("GNU Emacs"))

    assert (found.created_at, found.created_at.tzinfo) == (utc_now(), UTC)


def test_what_one_backend_stores_the_other_reads_alike(add, twin, database):
    made = add("GNU Emacs", homepage="https://example.org/")

    with database.reading():
        assert domain.get(twin, made.id) == made


@pytest.mark.parametrize(
    "other", ["Café", "CAFÉ", "  Café ", "Cafe\N{COMBINING ACUTE ACCENT}"], ids=["same", "case", "blanks", "composed"]
)
def test_names_that_people_take_for_one_belong_to_one_project(add, names, other):
    add("Café")

    with pytest.raises(Conflict, match="a project called Café already"):
        add(other)

    assert names() == ["Café"]


def test_names_that_only_look_alike_to_a_careless_collation_are_two(add, names):
    add("Cafe", "Café", "straße", "strase")

    assert len(names()) == 4


def test_the_longest_name_finds_room_whatever_becomes_of_it_in_lower_case(add, names):
    add("ΐ" * 119 + "x", "\N{LATIN SMALL LIGATURE FFI}" * 120)

    assert len(names()) == 2


def test_blanks_that_nobody_sees_are_not_kept(add):
    assert add("  GNU   Emacs ").details.name == "GNU Emacs"


@pytest.mark.parametrize("name", ["", " ", "  x  "])
def test_a_name_of_blanks_is_refused_and_says_which_field(add, names, name):
    with pytest.raises(Invalid) as refused:
        add(name)

    assert list(refused.value.problems) == ["name"]
    assert names() == []


def test_the_database_itself_refuses_a_name_that_was_taken_a_moment_ago(add, backend, database, names):
    taken = add("Emacs")

    with pytest.raises(Conflict):
        with database.transaction():
            backend.add(replace(taken, id=uuid7()))

    assert names() == ["Emacs"]


def test_of_many_who_take_a_name_at_once_one_gets_it(database, backend, details, names):
    gate = Barrier(4, timeout=30)

    def take():
        gate.wait()
        with database.transaction():
            domain.create(backend, details("Emacs"))

    with ThreadPoolExecutor(4) as threads:
        lost = [future.exception() for future in [threads.submit(take) for _ in range(4)]]

    assert sorted(type(error).__name__ for error in lost) == ["Conflict", "Conflict", "Conflict", "NoneType"]
    assert names() == ["Emacs"]


def test_who_is_not_there_is_named(database, backend):
    nobody = UUID("0192f0c1-2345-7abc-8def-0123456789ab")

    with pytest.raises(NotFound, match=f"no project with the id {nobody}"):
        with database.reading():
            domain.get(backend, nobody)


def test_what_a_replacement_leaves_out_is_gone(add, reread, database, backend, details, clock):
    seen = add("Emacs", homepage="https://example.org/", description="An editor.")
    clock.shift(60)

    with database.transaction():
        now = domain.replace_details(backend, seen, details("GNU Emacs", email="ada@example.org"))

    assert reread(seen) == now
    assert now.details == Details(**details("GNU Emacs", email="ada@example.org"))
    assert (now.version, now.updated_at - seen.updated_at, now.created_at) == (2, timedelta(minutes=1), seen.created_at)


def test_a_change_touches_what_is_given_and_none_takes_away(add, reread, database, backend):
    seen = add("Emacs", homepage="https://example.org/", description="An editor.")

    with database.transaction():
        domain.change_details(backend, seen, {"licence": "MIT", "homepage": None})

    assert reread(seen).details == replace(seen.details, licence="MIT", homepage=None)


@pytest.mark.parametrize("changes", [{}, {"licence": "GPL-3.0-or-later"}, {"name": " Emacs "}])
def test_a_change_that_changes_nothing_makes_no_version(add, reread, database, backend, changes):
    seen = add("Emacs")

    with database.transaction():
        domain.change_details(backend, seen, changes)

    assert reread(seen) == seen


@pytest.mark.parametrize("field", ["id", "version", "created_at", "save"])
def test_nobody_outside_sets_what_is_ours(add, reread, database, backend, field):
    seen = add("Emacs")

    with pytest.raises(TypeError), database.transaction():
        domain.change_details(backend, seen, {field: 7})

    assert reread(seen) == seen


def test_a_project_may_write_its_own_name_in_other_letters(add, names, database, backend):
    seen = add("Gimp")

    with database.transaction():
        domain.change_details(backend, seen, {"name": "GIMP"})

    assert names() == ["GIMP"]


def test_a_project_cannot_take_the_name_of_another(add, names, database, backend):
    add("Emacs")
    seen = add("Vim")

    with pytest.raises(Conflict, match="called Emacs"), database.transaction():
        domain.change_details(backend, seen, {"name": "EMACS"})

    assert names() == ["Emacs", "Vim"]


def test_nobody_overwrites_what_they_have_not_seen(add, reread, database, backend):
    seen = add("Emacs")
    with database.transaction():
        first = domain.change_details(backend, seen, {"description": "An editor."})

    with pytest.raises(Conflict, match="changed or removed Emacs first"), database.transaction():
        domain.change_details(backend, seen, {"description": "An operating system."})

    assert reread(seen) == first


def test_of_many_who_change_what_they_saw_one_is_kept(add, reread, database, backend):
    seen, gate = add("Emacs"), Barrier(4, timeout=30)

    def change(number):
        gate.wait()
        with database.transaction():
            domain.change_details(backend, seen, {"description": f"{number}"})

    with ThreadPoolExecutor(4) as threads:
        lost = [future.exception() for future in [threads.submit(change, number) for number in range(4)]]

    assert sorted(type(error).__name__ for error in lost) == ["Conflict", "Conflict", "Conflict", "NoneType"]
    assert reread(seen).version == 2


def test_what_is_removed_is_gone_and_its_name_is_free(add, names, database, backend):
    seen = add("Emacs")

    with database.transaction():
        domain.remove(backend, seen)
        domain.create(backend, asdict(seen.details))

    assert names() == ["Emacs"]


def test_nobody_removes_what_they_have_not_seen(add, names, database, backend):
    seen = add("Emacs")
    with database.transaction():
        domain.change_details(backend, seen, {"description": "An editor."})

    with pytest.raises(Conflict), database.transaction():
        domain.remove(backend, seen)

    assert names() == ["Emacs"]


def test_nothing_stays_of_work_that_failed_later(database, backend, details, names):
    with pytest.raises(RuntimeError), database.transaction():
        domain.create(backend, details())
        raise RuntimeError("the printer is on fire")

    assert names() == []


def test_both_backends_work_in_one_transaction(database, backend, twin, details):
    with database.transaction():
        made = domain.create(backend, details())
        changed = domain.change_details(twin, domain.get(twin, made.id), {"licence": "MIT"})
        seen_again = domain.get(backend, made.id)

    assert seen_again == changed
