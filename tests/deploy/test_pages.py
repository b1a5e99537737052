"""The pages about deployment: each block of commands is tried here, or says below why it is not."""

import os
import re
import subprocess

import pytest
from artefacts import BIN, ROOT, tool

from carboy.testing.servers import free_port

PAGES = ("docker", "compose", "nginx", "systemd", "kubernetes", "backup", "check")
BLOCK = re.compile(r"^```sh\n(.*?)^```\n\n?(Not tried by a test: \w+)?", re.MULTILINE | re.DOTALL)


def blocks(page):
    return BLOCK.findall((ROOT / f"docs/how-to/{page}.md").read_text())


def tried():
    return [(page, commands) for page in PAGES for commands, excuse in blocks(page) if not excuse]


@pytest.mark.long
@pytest.mark.parametrize(("page", "commands"), tried())
def test_a_block_that_has_no_excuse_does_what_it_says(project, page, commands):
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


def test_what_is_tried_is_more_than_nothing_and_every_page_has_commands():
    assert len(tried()) >= 4
    assert all(blocks(page) for page in PAGES)
