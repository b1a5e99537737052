"""What a project can be called, and what somebody is told who wants another name."""

import re
import sys
from importlib.metadata import packages_distributions

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carboy.cli.new.names import LONGEST, why_not
from carboy.cli.new.starter import starter_folder

STARTER = starter_folder()


@pytest.mark.parametrize(
    "name", ["shop", "my_shop", "a", "shop2", "q" * LONGEST, "starters", "kickstarter", "todo", "pgshop"]
)
def test_a_word_that_nobody_else_answers_to_is_a_name(name):
    assert why_not(name, STARTER) is None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("my-shop", "Try my_shop."),
        ("My Shop", "Try my_shop."),
        ("Shop", "Try shop."),
        ("../shop", "Try shop."),
        ("shop/", "Try shop."),
        ("shop__two", "Try shop_two."),
        ("_shop", "Try shop."),
        ("2shop", "begins with a letter."),
        ("", "begins with a letter."),
        ("čaj", "begins with a letter. Try aj."),
        ("shop\n", "Try shop."),
        ("q" * 31, "30 characters at most"),
        ("class", "Python means something else"),
        ("match", "Python means something else"),
        ("list", "Python means something else"),
        ("json", "Python's own"),
        ("asyncio", "Python's own"),
        ("test", "A part of every project"),
        ("tests", "A part of every project"),
        ("carboy", "A part of every project"),
        ("starter", "A part of every project"),
        ("wsgi", "A part of every project"),
        ("todos", "A part of every project"),
        ("racing", "A part of every project"),
        ("root", "the machines that run it"),
        ("pg_shop", "keep that name for themselves"),
        ("template0", "keep that name for themselves"),
        ("template1", "keep that name for themselves"),
        ("information_schema", "keep that name for themselves"),
        ("performance_schema", "keep that name for themselves"),
        ("localhost", "keep that name for themselves"),
        ("flask", "can be imported already"),
        ("jwt", "can be imported already"),
        ("pytest", "can be imported already"),
        ("celery", "A part of every project"),
    ],
)
def test_whoever_wants_another_name_is_told_why_not(name, told):
    assert told in why_not(name, STARTER)


def test_no_project_hides_what_its_dependencies_bring_whether_they_are_installed_or_not(monkeypatch):
    monkeypatch.setattr("carboy.cli.new.names.find_spec", lambda name: None)
    locked = "".join((STARTER / f"requirements{kind}.txt").read_text() for kind in ("", "-dev"))
    ours = {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([\w.-]+)==", locked, re.MULTILINE)}
    brought = [
        name for name, by in packages_distributions().items() if {one.lower().replace("_", "-") for one in by} & ours
    ]

    hidden = [name for name in brought if why_not(name, STARTER) is None]

    assert len(brought) > 50
    assert hidden == []


@given(st.text(max_size=40))
def test_whatever_is_typed_is_judged_and_a_name_is_always_one_that_can_be_imported(name):
    sentence = why_not(name, STARTER)

    assert sentence or (name.isidentifier() and name.isascii() and name not in sys.stdlib_module_names)
