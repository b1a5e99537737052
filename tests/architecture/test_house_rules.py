"""Rules of the house that a machine can keep: small modules with telling names, no rings, nothing put off."""

import re
from collections import Counter
from pathlib import Path

import pytest

from carboy.testing.walls import import_ring

REPOSITORY = Path(__file__).parents[2]
MODULES = sorted(path for tree in ("src/carboy", "starter/starter") for path in (REPOSITORY / tree).rglob("*.py"))
HALLWAYS = {"utils", "util", "helpers", "helper", "common", "misc"}
OF_TESTS = sorted(path for tree in ("tests", "starter/tests") for path in (REPOSITORY / tree).rglob("*.py"))
ASKED_FOR_BY_THEIR_FOLDER = {"conftest", "belongings", "open_doors"}
MOST_LINES = 400


def named(path):
    return str(path.relative_to(REPOSITORY))


def test_there_are_modules_to_look_at():
    assert {"src/carboy/errors.py", "starter/starter/features.py"} <= set(map(named, MODULES))


def test_no_module_is_a_tower():
    assert [named(path) for path in MODULES if len(path.read_text().splitlines()) > MOST_LINES] == []


def test_no_module_is_a_hallway():
    inside = [path.relative_to(REPOSITORY).with_suffix("") for path in MODULES]

    assert [str(path) for path in inside if HALLWAYS & set(path.parts)] == []


def test_nothing_is_put_off_in_a_comment():
    put_off = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b")

    assert [named(path) for path in MODULES if put_off.search(path.read_text())] == []


def test_every_folder_of_modules_is_a_package_that_walls_can_see():
    assert sorted({named(path.parent) for path in MODULES if not (path.parent / "__init__.py").is_file()}) == []


def test_no_two_modules_of_tests_share_a_name_since_one_would_be_imported_for_the_other():
    times = Counter(path.stem for path in OF_TESTS)

    assert {name for name, count in times.items() if count > 1} <= ASKED_FOR_BY_THEIR_FOLDER


@pytest.mark.parametrize("package", ["carboy", "starter"])
def test_no_modules_import_each_other(package):
    ring = import_ring(package)

    assert ring == [], " imports ".join(ring)
