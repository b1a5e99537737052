"""What is pending, as we read it from the files, is what alembic would run."""

import ast
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from hypothesis import given, settings
from hypothesis import strategies as st

from carboy.data.revisions import pending, read_tree

FILE = '''"""A migration."""

revision = {!r}
down_revision = {!r}
depends_on = {!r}


def upgrade():
    pass


downgrade = upgrade
'''


def write(folder, tree):
    for name, (after, depends_on) in tree.items():
        (folder / f"{name}.py").write_text(FILE.format(name, after, depends_on))


def alembic_would_run(folder, stored):
    scripts = ScriptDirectory(str(folder), version_locations=[str(folder)])
    return [step.revision.revision for step in scripts._upgrade_revs("heads", tuple(stored))]


def everything_before(tree, names):
    found = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            after, depends_on = tree[name]
            waiting += [*(after or ()), *(depends_on or ())]
    return found


@st.composite
def trees(draw):
    """A tree of migrations with branches, merges and dependencies, and what a database has of it."""
    names = [f"r{number}" for number in draw(st.permutations(range(draw(st.integers(1, 8)))))]
    tree = {}
    for number, name in enumerate(names):
        before = st.sets(st.sampled_from(names[:number]), max_size=2) if number else st.just(set())
        after = sorted(draw(before))
        depends_on = sorted(draw(before) - everything_before(tree, after)) if draw(st.booleans()) else []
        tree[name] = (tuple(after) or None, tuple(depends_on) or None)
    has = everything_before(tree, draw(st.sets(st.sampled_from(names))))
    return tree, {name for name in has if is_newest(tree, has, name)}


def is_newest(tree, has, name):
    return all(name not in everything_before(tree, [other]) for other in has - {name})


@given(trees())
@settings(max_examples=80)
def test_any_tree_has_the_same_pending_migrations_as_alembic_finds(drawn):
    tree, stored = drawn
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, tree)

        found = pending(read_tree(folder), stored)

        assert sorted(found) == sorted(alembic_would_run(folder, stored))
    for number, revision in enumerate(found):
        assert everything_before(tree, [revision]) & set(found) <= set(found[: number + 1])


@pytest.mark.parametrize("stored", [set(), {"a"}, {"b"}, {"b", "c"}, {"d"}])
def test_a_tree_that_parts_and_comes_together_again(tmp_path, stored):
    tree = {"a": (None, None), "b": (("a",), None), "c": (("a",), None), "d": (("b", "c"), None)}
    write(tmp_path, tree)

    assert sorted(pending(read_tree(tmp_path), stored)) == sorted(alembic_would_run(tmp_path, stored))


def test_an_unknown_newer_revision_means_that_nothing_is_pending():
    assert pending({"a": (), "b": ("a",)}, {"from a newer release"}) == []


def test_names_may_be_written_as_alembic_writes_them_or_by_hand(tmp_path):
    (tmp_path / "one.py").write_text(
        "from typing import Union\nrevision: str = 'a'\ndown_revision: Union[str, None] = None"
    )
    (tmp_path / "two.py").write_text('revision = "b"\ndown_revision = ["a"]\ncomputed = len("no")\nx, y = 1, 2\n')
    (tmp_path / "three.py").write_text('revision = "c"\ndown_revision = "a"\ndepends_on = "b"\n')

    assert read_tree(tmp_path) == {"a": (), "b": ("a",), "c": ("a", "b")}


def test_what_is_no_migration_is_passed_over(tmp_path):
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "notes.py").write_text("revision = len('abc')\n")
    (tmp_path / "readme.txt").write_text("revision = 'a'")
    (tmp_path / ".#one.py").symlink_to("an-editor@its-lock")

    assert read_tree(tmp_path) == {}


def test_reading_what_is_pending_imports_no_alembic():
    script = "import carboy.data.migrate, carboy.data.revisions, sys; print('alembic' in sys.modules)"

    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "False\n"


def test_two_threads_never_parse_at_once(tmp_path, monkeypatch, at_once):
    """Python 3.11 fails at it now and then."""
    (tmp_path / "a.py").write_text('revision = "a"')
    parse, under_way, most = ast.parse, [], []

    def parse_slowly(text):
        under_way.append(text)
        most.append(len(under_way))
        time.sleep(0.002)
        under_way.pop()
        return parse(text)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(ast, "parse", parse_slowly)
        at_once(lambda: read_tree(tmp_path), threads=8)

    assert (max(most), len(most)) == (1, 8)
