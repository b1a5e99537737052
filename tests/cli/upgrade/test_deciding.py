"""What becomes of a file: what only one side changed is taken from that side, what both changed is merged."""

import pytest

from carboy.cli.upgrade.deciding import File, Kind, Sides, decide
from carboy.cli.upgrade.repository import Merger

OLD = b"one\ntwo\nthree\nfour\nfive\n"
MINE = OLD.replace(b"one", b"ONE")
NEW = OLD.replace(b"five", b"FIVE")
BOTH = MINE.replace(b"five", b"FIVE")
OTHER = OLD.replace(b"one", b"uno")
merge = Merger(("yours", "Carboy 1", "Carboy 2"))


def file(content):
    return content if content is None or isinstance(content, File) else File(content, executable=False)


def one(old, new, yours, path="a.py"):
    """What becomes of one file: how it is called, and what is in it then."""
    sides = [{path: file(content)} if content is not None else {} for content in (old, new, yours)]
    changes = decide(Sides(*sides), merge)
    return (changes[0].kind, changes[0].after and changes[0].after.content) if changes else None


@pytest.mark.parametrize(
    ("old", "new", "yours", "becomes"),
    [
        (OLD, OLD, OLD, None),
        (OLD, OLD, MINE, None),
        (OLD, OLD, None, None),
        (OLD, NEW, NEW, None),
        (OLD, NEW, OLD, (Kind.CHANGED, NEW)),
        (OLD, NEW, MINE, (Kind.CHANGED, BOTH)),
        (OLD, NEW, None, (Kind.LEFT, None)),
        (OLD, None, OLD, (Kind.DELETED, None)),
        (OLD, None, None, None),
        (OLD, None, MINE, (Kind.CONFLICT, MINE)),
        (None, NEW, None, (Kind.ADDED, NEW)),
        (None, NEW, NEW, None),
        (OLD, NEW, BOTH, None),
    ],
)
def test_whatever_one_side_alone_changed_is_taken_from_it(old, new, yours, becomes):
    assert one(old, new, yours) == becomes


def test_what_both_changed_in_one_place_has_ordinary_markers_there_and_the_rest_is_merged():
    kind, content = one(OLD, OTHER.replace(b"five", b"FIVE"), MINE)

    assert kind is Kind.CONFLICT
    assert content == (b"<<<<<<< yours\nONE\n=======\nuno\n>>>>>>> Carboy 2\ntwo\nthree\nfour\nFIVE\n")


def test_a_file_that_both_added_differently_is_a_conflict():
    kind, content = one(None, NEW, MINE)

    assert kind is Kind.CONFLICT
    assert b"<<<<<<< yours" in content


@pytest.mark.parametrize("yours", [b"\0mine", b"mine"])
def test_what_is_no_text_and_was_changed_by_both_stays_yours(yours):
    assert one(b"\0old", b"\0new", yours) == (Kind.CONFLICT, yours)


@pytest.mark.parametrize(
    ("old", "new", "yours", "becomes"), [(0, 1, 0, 1), (0, 0, 1, 1), (1, 0, 1, 0), (1, 1, 0, 0), (0, 1, 1, 1)]
)
def test_whether_it_can_be_run_is_taken_from_whoever_changed_it(old, new, yours, becomes):
    three = (File(OLD, bool(old)), File(NEW, bool(new)), File(MINE, bool(yours)))

    (change,) = decide(Sides(*({"a": one} for one in three)), merge)

    assert change.after == File(BOTH, bool(becomes))


def test_what_is_new_in_a_folder_that_you_deleted_stays_out():
    old = {"shop/todos/a.py": file(OLD), "shop/todos/deep/b.py": file(OLD), "shop/home.py": file(OLD)}
    new = old | {"shop/todos/deep/new.py": file(NEW), "shop/new.py": file(NEW)}

    changes = decide(Sides(old, new, {"shop/home.py": file(OLD)}), merge)

    assert [(change.path, change.kind) for change in changes] == [
        ("shop/new.py", Kind.ADDED),
        ("shop/todos/deep/new.py", Kind.LEFT),
    ]
    assert "you deleted shop/todos/deep/" in changes[1].said


@pytest.mark.parametrize(
    "path",
    [
        "migrations/versions/a1.py",
        "migrations/versions/deep/a1.py",
        ".env",
        ".env.d/.env.production",
        "secrets/secret_key",
        "instance/a.sqlite",
        "vendor/carboy-0.1.0-py3-none-any.whl",
    ],
)
def test_migrations_and_secrets_are_never_touched(path):
    assert one(OLD, NEW, OLD, path) is None
    assert one(OLD, None, OLD, path) is None
    assert one(None, NEW, None, path) is None


@pytest.mark.parametrize(
    "path", [".env.d/production.example", "migrations/README.md", "shop/secrets/a.py", "shop/vendor/a.js"]
)
def test_what_only_looks_like_them_is_upgraded(path):
    assert one(OLD, NEW, OLD, path) == (Kind.CHANGED, NEW)


def test_what_git_keeps_no_file_of_is_left_and_told():
    (change,) = decide(Sides({}, {"a": file(NEW)}, {}, frozenset({"a"})), merge)

    assert (change.kind, change.before, change.after) == (Kind.CONFLICT, None, None)
