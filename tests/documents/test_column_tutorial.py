"""The tutorial about a column for users, followed to the letter in a copy of the starter."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/tutorial/add-a-column-to-users.md"
BINARIES = Path(sys.executable).parent
STEP = re.compile(r"(?:`(starter/[\w/.-]+)`:\n\n)?^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path):
    """A copy of the starter, as `carboy new` would make it."""
    left_out = shutil.ignore_patterns("instance", ".*cache", ".hypothesis", "wsgi.py")
    shutil.copytree(ROOT / "starter", tmp_path / "starter", ignore=left_out)
    return tmp_path


def follow(project, path, language, text):
    """Do what one block of the page says."""
    if language == "sh":
        run(project / "starter", text)
    elif language == "diff":
        change(project / path, text)
    else:
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text(text)


def run(folder, commands):
    path = f"{BINARIES}{os.pathsep}{os.environ['PATH']}"
    surroundings = {"PATH": path, "FLASK_APP": "starter", "HOME": str(folder)}
    script = commands.replace("make ", f"make BIN={BINARIES} ")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=surroundings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def change(file, difference):
    """Change the one place that the lines without a plus are at."""
    lines = difference.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if not line.startswith("+"))
    after = "".join(line[1:] for line in lines)
    assert file.read_text().count(before) == 1
    file.write_text(file.read_text().replace(before, after))


@pytest.mark.long
def test_whoever_follows_the_tutorial_has_a_column_an_api_a_field_and_tests_that_pass(project):
    steps = STEP.findall(PAGE.read_text())
    assert [language for _path, language, _text in steps] == ["sh", "diff", "sh", "diff", "diff", "python", "sh", "sh"]

    for path, language, text in steps:
        follow(project, path, language, text)

    assert "nickname" in (project / "starter/specifications/openapi-v1.json").read_text()
    (migration,) = (project / "starter/migrations/versions").glob("*users_have_a_nickname*")
    assert "nickname" in migration.read_text()
