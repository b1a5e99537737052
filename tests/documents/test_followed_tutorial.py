"""The tutorial from an empty folder to a served application, followed to the letter."""

import os
import re

import pytest
from following import BINARIES, blocks_of, change
from terminal import Terminals

from carboy.testing.servers import free_port

PAGE = "docs/tutorial/invoices.md"
THE_ENVIRONMENT_OF_THESE_TESTS = f"mkdir .venv && ln -s {BINARIES} .venv/bin"  # another takes minutes
WHO = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ada"}
WHO |= {"GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "ada@example.com"}


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def terminals(tmp_path, port):
    """Those of somebody who has the environment of these tests, and of the project's tests what the page is about."""
    surroundings = {
        "PATH": f"{BINARIES}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "BIN": str(BINARIES),
        "PYTHONPATH": str(tmp_path / "shop"),  # which an environment of its own would have installed
        "PYTEST_ADDOPTS": "-k '(invoices or whose or belongs or walls) and not kept'",
        "PORT": str(port),
        "GUNICORN_PORT": str(port),
        "GUNICORN_WORKERS": "1",
        **WHO,
    }
    opened = Terminals(tmp_path, surroundings)
    yield opened
    opened.press_ctrl_c()


@pytest.mark.long
def test_whoever_follows_the_tutorial_from_an_empty_folder_serves_invoices_to_others(terminals, port):
    for block in blocks_of(PAGE):
        if not block.mark:
            follow(terminals, block, block.text.replace("127.0.0.1:5000", f"127.0.0.1:{port}"), port)


def follow(terminals, block, text, port):
    """Do what a block says, or see that what it shows is so."""
    file = terminals.here / block.path
    if block.language == "text":
        assert is_said(text, terminals.said), f"{text}\nis not said in\n{terminals.said}"
    elif block.language == "py":
        assert text in file.read_text()
    elif block.language == "diff":
        change(file, text)
    elif block.language != "sh":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    elif text.endswith("    # until Ctrl-C\n"):
        terminals.run_beside(text, port)
    else:
        terminals.run(text.replace("make setup", THE_ENVIRONMENT_OF_THESE_TESTS), fails=text.endswith("    # fails\n"))


def is_said(shown, said):
    """Whether it was said; an ellipsis stands for anything."""
    return re.search(".*?".join(map(re.escape, shown.strip().split("…"))), said, re.DOTALL) is not None
