"""`carboy` shows what it promises, and opens a room only when somebody asks for what is in it."""

import subprocess
import sys
from inspect import ismodule

import pytest

import carboy
from carboy.testing.walls import what_comes_along

HEAVY = {"flask", "werkzeug", "click", "sqlalchemy", "pydantic", "structlog"}


def test_what_is_visible_is_what_is_promised():
    visible = {name for name in dir(carboy) if not name.startswith("_")}

    assert visible == set(carboy.__all__)


def test_the_front_door_leaves_nothing_lying_about():
    script = "import carboy; print(*(name for name in vars(carboy) if not name.startswith('_')))"

    left = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert left == ["import_module", "TYPE_CHECKING"]


@pytest.mark.parametrize("name", carboy.__all__)
def test_what_is_promised_is_there(name):
    promised = getattr(carboy, name)

    assert not ismodule(promised)
    assert promised.__doc__


def test_what_is_not_promised_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'Databse'"):
        carboy.Databse  # noqa: B018


@pytest.mark.parametrize("module", ["carboy", "carboy.errors", "carboy.context"])
def test_the_ground_floor_brings_nothing_along(module):
    loaded = what_comes_along([module])[module]

    assert {name for name in loaded if name.partition(".")[0] == "carboy"} == {"carboy", module}
    assert not HEAVY & set(loaded)
