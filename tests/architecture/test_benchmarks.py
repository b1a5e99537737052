"""The yardstick is true to itself: its page is made of its runs, its gate shuts, and its peers are no dependency."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from bench.versus import gate, page
from bench.versus.data import Rows
from bench.versus.kept import RESULTS, Run, read
from bench.versus.proof import FIELDS, lies
from bench.versus.stacks import STACKS

ROOT = Path(__file__).parents[2]


def run(**ratios):
    """A run in which the starter takes so many times what the floor takes."""
    values = {work: {"floor": {"cpu": [100.0]}, "carboy": {"cpu": [100.0 * ratio]}} for work, ratio in ratios.items()}
    return Run("sqlite", 2, 4, 1, "", {}, values, {})


def test_the_page_and_its_pictures_are_what_the_kept_runs_say():
    made = page.made()

    assert {path: path.read_text() for path in made} == made, "make bench, or python -m bench.versus.page"


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({"get": 2.0, "post": 3.0}, []),
        ({"get": 2.39, "post": 1.0}, []),
        ({"get": 2.41, "post": 3.0}, ["get, carboy"]),
        ({"get": 2.0}, ["post, carboy"]),
        ({"get": 2.0, "post": 3.0, "put": 1.0}, ["put, carboy"]),
    ],
)
def test_the_gate_shuts_for_a_fifth_more_and_for_whatever_is_not_compared(now, told):
    assert list(gate.slower(gate.ours(run(**now)), gate.ours(run(get=2.0, post=3.0)))) == told


def test_the_gate_shuts_for_what_is_slower_twice():
    committed = gate.ours(run(get=2.0, post=3.0, patch=4.0))
    found = gate.slower(gate.ours(run(get=3.0, post=4.0)), committed)

    again = gate.slower_still(found, gate.ours(run(get=3.0, post=3.1)), committed)

    assert list(again) == ["get, carboy", "patch, carboy"]


def test_a_ratio_is_made_in_each_round_and_to_the_floor_on_the_same_server():
    measured = run(get=2.0)
    measured.values["get"] |= {
        "floor": {"cpu": [100.0, 400.0, 100.0]},
        "carboy": {"cpu": [200.0, 1200.0, 100.0]},
        "floor-granian": {"cpu": [50.0, 50.0, 50.0]},
        "carboy-granian": {"cpu": [100.0, 150.0, 50.0]},
    }

    assert measured.ratios("get", "carboy") == [1, 2, 3]
    assert measured.ratios("get", "carboy-granian") == [1, 2, 3]


def test_what_is_kept_is_read_as_it_was(tmp_path):
    kept = replace(run(get=2.0), memory={"carboy": (80.5, 3)})
    (tmp_path / "run.json").write_text(kept.as_json())

    assert read(tmp_path / "run.json") == kept


def test_the_gate_is_about_everything_that_was_committed_for_it():
    committed = gate.ours(read(RESULTS / "quick.json"))

    assert len(committed) >= 8
    assert gate.slower(committed, committed) == {}


def test_no_peer_is_a_dependency():
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ours = "\n".join([*said["dependencies"], *(one for some in said["optional-dependencies"].values() for one in some)])
    peers = {"fastapi", "sqlmodel", "django", "djangorestframework", "litestar", "flask-jwt-extended", "flask-login"}

    assert peers.isdisjoint(re.findall(r"^[\w-]+", ours.lower(), re.MULTILINE))


class Liar:
    """A stack that answers everything with the same todo, whoever asks and whatever they send."""

    def __init__(self, rows):
        self._todo = dict.fromkeys(FIELDS, "") | {"id": rows.todos[0], "version": 1, "tags": [], "assignees": []}
        self.bearer = {"Authorization": "Bearer e30.e30.x"}
        self.cookie = ""

    def ask(self, *_asked, **_more):
        return 200, b"", {}

    def json(self, *_asked, **_more):
        return {**self._todo, "owner": {"full_name": ""}, "items": [self._todo | {"owner": {}}] * 50}


def test_whoever_does_not_do_the_work_is_found_out():
    rows = Rows(uuid4(), [str(uuid4()) for _ in range(100)], [], "")

    found = "\n".join(lies(STACKS["typical"], Liar(rows), rows))

    for what in ("lists others", "forgets", "does not keep", "overwrite", "lets nobody in", "lets a forger in"):
        assert what in found
    for what in ("lets an old token in", "somebody else's", "takes {'title': ''}", "no page"):
        assert what in found
