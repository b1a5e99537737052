"""Three features in a row, added by the command to a project of `carboy new`, held to all that the project holds.

It runs what README.md shows.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BINARIES = Path(sys.executable).parent
# One of each: with the ORM and in plain SQL, by types and by files, with pages and without.
ADDED = (
    "customers name:string email:email? vip:boolean? --pages",
    """invoices number:string(20):unique amount:decimal due:date note:text? status:choice(draft,in_review,paid)
    sent:datetime? settled:boolean customer:ref[customers] clerk:ref[users]? --store sql --contract files --pages""",
    """payments invoice:ref[invoices] amount:decimal(9,3) at:datetime:index count:integer:min=1:max=9? proof:url?
    token:uuid""",
)
NAMES = [words.split()[0] for words in ADDED]

pytestmark = pytest.mark.long


def run(folder, *words, fails=False):
    """Run a program of this environment in a project."""
    surroundings = {
        "PATH": f"{BINARIES}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "PYTHONPATH": os.pathsep.join(map(str, (folder, ROOT / "tests/attacks", ROOT / "tests"))),
        "FLASK_APP": "shop",
        "BIN": str(BINARIES),
        **{f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    done = subprocess.run(words, cwd=folder, env=surroundings, capture_output=True, text=True)
    assert fails == bool(done.returncode), done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout


@pytest.fixture(scope="session")
def shop(new_place):
    """A project with three features that nobody has touched since they were added."""
    folder = new_place("projects")
    run(folder, "git", "config", "--global", "user.name", "Ada")
    run(folder, "git", "config", "--global", "user.email", "ada@example.com")
    run(folder, "carboy", "new", "shop")
    for words in ADDED:
        run(folder / "shop", "carboy", "add", "feature", *words.split())
    return folder / "shop"


def test_what_is_added_passes_every_check_of_the_project(shop):
    told = run(shop, "tools/check")

    assert told.count(" ok\n") >= 6
    assert "FAILED" not in told


def test_what_is_added_passes_every_test_of_the_project_the_laws_of_security_among_them(shop):
    told = run(shop, "make", "test", f"BIN={BINARIES}", "ARGS=-v")

    assert " passed" in told
    folders = [f"tests/{name}" for name in (*NAMES, "security")]
    assert [folder for folder in folders if f"{folder}/" not in told] == []


def test_whatever_the_document_says_of_what_is_added_can_be_sent(shop, tmp_path):
    told = run(shop, "python", str(Path(__file__).with_name("attacking.py")), "shop", str(tmp_path), *NAMES)

    requests = int(told.splitlines()[-1].split()[0])
    assert requests > 300


def test_what_is_removed_has_never_been_but_what_the_database_has_is_not_removed(shop, tmp_path):
    copy = shutil.copytree(shop, tmp_path / "shop")
    run(copy, "flask", "db", "upgrade")

    run(copy, "carboy", "remove", "feature", NAMES[-1], fails=True)
    run(copy, "flask", "db", "downgrade", "--", f"-{len(NAMES)}")
    for name in reversed(NAMES):
        run(copy, "carboy", "remove", "feature", name)

    assert run(copy, "git", "status", "--short") == ""
