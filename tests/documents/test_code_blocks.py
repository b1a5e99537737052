"""What the documents show can be run: Python blocks are run, commands exist, links lead somewhere."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from flask.cli import FlaskGroup, ScriptInfo

from starter import create_app
from starter.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("starter/*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE_AND_BLOCK = re.compile(r"`(starter/[\w/.]+\.py)`[^`]*```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def name_of(page):
    return str(page.relative_to(ROOT))


def blocks(page, *languages):
    return [match[2] for match in BLOCK.finditer(page.read_text()) if match[1] in languages]


WITH_PYTHON = [page for page in PAGES if blocks(page, "python") and "tutorial" not in page.parts]


@pytest.mark.long
@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
def test_the_python_blocks_of_a_page_run_one_after_the_other(page, tmp_path):
    program = tmp_path / "page.py"
    program.write_text("\n\n".join(blocks(page, "python")))

    finished = subprocess.run(
        [sys.executable, program], cwd=tmp_path, env={"SECRET_KEY": "x"}, capture_output=True, text=True, check=False
    )

    assert finished.returncode == 0, finished.stderr


def test_the_tutorial_does_what_it_says(tmp_path):
    shutil.copytree(ROOT / "starter", tmp_path / "starter", ignore=shutil.ignore_patterns("instance", ".env.d"))
    for path, source in FILE_AND_BLOCK.findall((ROOT / "docs/tutorial/first-feature.md").read_text()):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(source)
    ask = (
        "from starter import create_app; client = create_app().test_client();"
        "print(client.get('/greeting?name=Ada').text, client.get('/greeting').status_code)"
    )

    finished = subprocess.run(
        [sys.executable, "-c", ask], cwd=tmp_path / "starter", env={}, capture_output=True, text=True, check=False
    )

    assert finished.stdout.splitlines()[-1] == "Hello, Ada. 422", finished.stderr


def commands():
    found = set()
    for page in PAGES:
        for block in blocks(page, "sh", "console"):
            found |= set(re.findall(r"^(?:\w+=\S+ )*(flask(?: [a-z]+){1,2}|make [a-z-]+)", block, re.MULTILINE))
    return sorted(found)


@pytest.fixture(scope="module")
def starter():
    return ScriptInfo(create_app=lambda: create_app(Settings.load(environ={}, mode="testing")))


@pytest.fixture
def flask_command(starter):
    """Find a command of the starter as `flask` does."""
    with click.Context(FlaskGroup(), obj=starter) as context:  # it leaves the application that it entered

        def find(words):
            found = context.command
            for word in words:
                if isinstance(found, click.Group):
                    found = found.get_command(context, word)
            return found

        yield find


@pytest.mark.parametrize("command", commands())
def test_a_command_in_a_document_exists(command, flask_command):
    program, *words = command.split()
    if program == "flask":
        assert flask_command(words) is not None
        return

    finished = subprocess.run(
        ["make", "--dry-run", words[0], "msg=x"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_link_between_documents_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []
