"""Pages that tell what to do, done to the letter in a copy of the starter."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
BINARIES = Path(sys.executable).parent
LONGEST_SECONDS = 900  # of a block, on a machine that has other things to do
FENCE = re.compile(
    r"(?:`([\w.-]+(?:/[\w.-]+)+)`:\n\n)?(?:^<!-- (run|like|not run): ([^\n]+) -->\n)?^```(\w*)\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """One block of a page."""

    path: str  # of the file that is named right above
    mark: str  # "run", "like", "not run", or nothing: it is to be run as it stands
    why: str  # the modules that run it, or something like it; or why nobody does
    language: str
    text: str


@pytest.fixture
def project(tmp_path):
    """A copy of the starter, as `carboy new` would make it."""
    left_out = shutil.ignore_patterns("instance", ".env.??*", ".*cache", ".hypothesis", "wsgi.py", "__pycache__")
    shutil.copytree(ROOT / "starter", tmp_path / "starter", ignore=left_out)
    return tmp_path


def blocks_of(page):
    """All that stands between fences on a page, in order."""
    return [Block(*found) for found in FENCE.findall((ROOT / page).read_text())]


def steps_of(page):
    """What is to be done on a page: the file that is named right above, the language, and the text."""
    return [
        (block.path, block.language, block.text)
        for block in blocks_of(page)
        if not block.mark and block.language != "text"
    ]


def follow(project, path, language, text, tests=""):
    """Do what one block says. Where it runs the tests, those that these words choose say enough."""
    if language == "sh":
        run(project / "starter", text, PYTEST_ADDOPTS=f"-k '{tests}'")
    elif language == "diff":
        change(project / path, text)
    else:
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text(text)


def run(folder, commands, **variables):
    """Run the commands in this folder, with the environment of these tests."""
    path = f"{BINARIES}{os.pathsep}{os.environ['PATH']}"
    surroundings = {"PATH": path, "FLASK_APP": "starter", "HOME": str(folder), **variables}
    script = commands.replace("make ", f"make BIN={BINARIES} ")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=surroundings, capture_output=True, text=True,
        timeout=LONGEST_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def change(file, difference):
    """Change each place, of which @@ begins another, where the lines without a plus are."""
    for hunk in re.split(r"^@@\n", difference, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if not line.startswith("+"))
        after = "".join(line[1:] for line in lines if not line.startswith("-"))
        assert file.read_text().count(before) == 1, f"{before}\nis not once in\n{file.read_text()}"
        file.write_text(file.read_text().replace(before, after))
