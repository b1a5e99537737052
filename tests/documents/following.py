"""Pages that tell what to do, done to the letter in a copy of the starter."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BINARIES = Path(sys.executable).parent
STEP = re.compile(r"(?:`(starter/[\w/.-]+)`:\n\n)?^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path):
    """A copy of the starter, as `carboy new` would make it."""
    left_out = shutil.ignore_patterns("instance", ".*cache", ".hypothesis", "wsgi.py", "__pycache__")
    shutil.copytree(ROOT / "starter", tmp_path / "starter", ignore=left_out)
    return tmp_path


def steps_of(page):
    """The blocks of a page: the file that is named right above, the language, and the text."""
    return STEP.findall((ROOT / page).read_text())


def follow(project, path, language, text):
    """Do what one block says."""
    if language == "sh":
        run(project / "starter", text)
    elif language == "diff":
        change(project / path, text)
    else:
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text(text)


def run(folder, commands):
    """Run the commands in this folder, with the environment of these tests."""
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
    after = "".join(line[1:] for line in lines if not line.startswith("-"))
    assert file.read_text().count(before) == 1
    file.write_text(file.read_text().replace(before, after))
