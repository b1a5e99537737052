"""Each law is planted with what it must find; a law that nobody has seen find anything is only a notice."""

import inspect
import logging

import pytest
import shop_to_break
from faults import FAULTS
from shop_to_break import LawsOfTheShop

from carboy.app import create_app
from carboy.testing import plugin
from carboy.testing.security import SecurityLaws
from carboy.testing.security.walking import Walk

LAWS = sorted(name for name in dir(SecurityLaws) if name.startswith("test_"))


@pytest.fixture
def factory():
    return shop_to_break.create_app


@pytest.fixture
def walk(factory, carboy_database, monkeypatch, request):
    """Walk through an application that is not the starter, whose migrations have run in the database already."""
    monkeypatch.setattr(plugin, "_factory", lambda config: factory)
    logging.disable()
    yield Walk(request.getfixturevalue("app"), request, LawsOfTheShop().make_user)
    logging.disable(logging.NOTSET)


@pytest.fixture
def owner(walk):
    return walk.make_user("owner@example.org")


def verdict(request, law, walk, said):
    """Hold an application against a law, for everybody that it is about: what the law says, nothing if it is kept."""
    judge = getattr(type("Laws", (LawsOfTheShop,), said)(), law)
    asked = {"owner": lambda: request.getfixturevalue("owner"), "walk": lambda: walk}
    everybody = [{"signed_in": False}, {"signed_in": True}] if "parametrize" in marks_of(law) else [{}]
    try:
        given = {name: asked[name]() for name in inspect.signature(judge).parameters if name in asked}
        for who in everybody:
            judge(**given, **who)
    except (pytest.fail.Exception, pytest.skip.Exception) as told:
        return str(told)
    return ""


def marks_of(law):
    return {mark.name: mark for mark in getattr(getattr(SecurityLaws, law), "pytestmark", ())}


def case(law, *values):
    """Give a case the settings that its law is marked with."""
    marks = [mark for name, mark in marks_of(law).items() if name == "settings"]
    return pytest.param(*values, marks=marks, id="-".join([getattr(values[0], "__name__", ""), law]).strip("-"))


@pytest.mark.long
@pytest.mark.parametrize("law", [case(law, law) for law in LAWS])
def test_the_shop_keeps_every_law(request, walk, law):
    assert verdict(request, law, walk, {}) == ""


@pytest.mark.long
@pytest.mark.parametrize(("plant", "law", "said"), [case(law, plant, law, said) for plant, law, said in FAULTS])
def test_a_planted_fault_is_named_by_the_law_that_is_about_it(request, walk, monkeypatch, plant, law, said):
    plant(walk.app, monkeypatch)

    told = verdict(request, law, walk, said)

    assert len(told.splitlines()) > 1, "what to do stands above, and where below"


PAIRS = [case(other, plant, other, said) for plant, law, said in FAULTS for other in LAWS if other != law]
OTHERS = PAIRS[::5]  # of all, each law meets ten faults of others: a minute or two instead of nine


@pytest.mark.long
@pytest.mark.parametrize(("plant", "other", "said"), OTHERS)
def test_a_planted_fault_breaks_no_other_law(request, walk, monkeypatch, plant, other, said):
    plant(walk.app, monkeypatch)

    assert verdict(request, other, walk, said) == ""


def test_every_law_has_been_seen_to_find_something():
    assert set(LAWS) == {law for _plant, law, _said in FAULTS}


def make_the_least(settings):
    """An application without features: no users, no pages, and of an API what the library brings."""
    return create_app("shop_to_break", settings)


@pytest.mark.parametrize("factory", [make_the_least])
def test_an_application_without_users_and_pages_keeps_every_law_that_is_about_it(request, walk):
    said = {"open_doors": {door.endpoint for door in walk.doors() if door.is_open}, "foreign_posts": ()}

    told = {verdict(request, law, walk, said) for law in LAWS}

    assert told == {"", "This application has no accounts, so nobody can be signed in."}
