"""The pages about deployment: what needs the tools of a deployment, and no machine."""

import os
import re
import subprocess

import pytest
from artefacts import BIN, ROOT, tool

from carboy.testing.servers import free_port

PAGES = ("compose.md", "nginx.md", "kubernetes.md")
BLOCK = re.compile(r"^<!-- run: tests/deploy/test_pages.py -->\n```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page):
    return BLOCK.findall((ROOT / "docs/how-to" / page).read_text())


@pytest.mark.long
@pytest.mark.parametrize("commands", [block for page in PAGES for block in blocks(page)])
def test_a_block_that_names_this_test_does_what_it_says(project, commands):
    tool("envsubst", "apt-get install gettext-base")
    surroundings = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(project), "FLASK_APP": "starter"}
    surroundings["PORT"] = str(free_port())  # somebody may be at work on this machine
    subprocess.run([BIN / "flask", "db", "upgrade"], cwd=project, env=surroundings, capture_output=True, check=True)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands.replace("docker compose", "docker-compose")],
        cwd=project, env=surroundings, capture_output=True, text=True,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    if "envsubst" in commands:
        assert "listen 443 ssl;" in (project / "default.conf").read_text()
        assert "${" not in (project / "default.conf").read_text().partition("# Who is the visitor")[2]


def test_there_is_one_on_every_page():
    assert all(blocks(page) for page in PAGES)
