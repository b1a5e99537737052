"""Every security check is a test that is there."""

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TESTS = HERE.parent
NUMBERS = [f"S{number:02}" for number in range(1, 76)]

ROW = re.compile(r"^\| (S\d\d) \|[^|]+\| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w/.]+\.py)(?:::(\w+))?`")
NUMBERED = re.compile(r"test_s(\d\d)_")


@pytest.fixture(scope="module")
def rows():
    """What the table says: a number, and where it is tested."""
    return ROW.findall((HERE / "README.md").read_text())


def names_in(path):
    """The names of the tests in this file."""
    if not path.exists():
        return set()
    tree = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in tree if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def is_there(number, file, name):
    """Whether this test is there; where none is named, one with the number in its name."""
    names = names_in(TESTS / file)
    return name in names if name else any(one.startswith(f"test_{number.lower()}_") for one in names)


def test_every_number_has_one_row(rows):
    assert [number for number, _cell in rows] == NUMBERS


def test_every_row_leads_to_a_test_that_is_there(rows):
    named = [(number, *found) for number, cell in rows for found in NAMED.findall(cell)]

    assert [row for row in named if not is_there(*row)] == []


def test_every_number_is_tested(rows):
    assert [number for number, cell in rows if not NAMED.search(cell)] == []


def test_every_test_with_a_number_is_found_by_the_table(rows):
    found = {(number, file) for number, cell in rows for file, _name in NAMED.findall(cell)}

    numbered = {
        (f"S{match[1]}", f"{path.relative_to(TESTS)}")
        for path in TESTS.rglob("test_*.py")
        for name in names_in(path)
        if (match := NUMBERED.match(name))
    }

    assert sorted(numbered - found) == []
