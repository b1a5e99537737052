"""What the documents show is run: by a test here, or by one that is named above it, with these words or others; else it
says why not.
"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from flask import render_template_string
from flask.cli import FlaskGroup, ScriptInfo
from following import ROOT, blocks_of, follow, project, run, steps_of

from starter import create_app
from starter.settings import Settings

__all__ = ["project"]

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("starter/*.md")])
TO_THE_LETTER = "".join(file.read_text() for file in Path(__file__).parent.glob("test_followed_*.py"))
A_PROJECTS_OWN = (
    "tests/generated/test_generated_projects.py"  # runs what `starter/*.md` say; they bear no marks of ours
)
HERE = ("python", "sh", "diff", "html", "ini")  # are run below


def name_of(page):
    return str(page.relative_to(ROOT))


def blocks(page, *languages):
    return [block.text for block in blocks_of(page) if block.language in languages]


def to_be_run(page, language):
    return [block.text for block in blocks_of(page) if block.language == language and not block.mark]


def holds(*languages):
    """The pages that have such a block to be run here."""
    return [page for page in RULED if not is_followed(page) and any(to_be_run(page, one) for one in languages)]


def is_followed(page):
    """Whether a test does all of it, in order."""
    return name_of(page) in TO_THE_LETTER or page.parent == ROOT / "starter"


def is_ruled(page):
    shown = {"README.md", "CONTRIBUTING.md", "starter", "how-to", "tutorial", "coming-from"}
    return shown & set(page.relative_to(ROOT).parts) != set()


def wrong_with(block, page):
    """Say what a block lacks."""
    if block.mark in ("run", "like"):
        modules = [ROOT / name for name in block.why.split(", ")]
        return [
            f"{module} is not there, or does not name the page"
            for module in modules
            if not module.is_file() or page.name not in module.read_text()
        ]
    if block.mark:
        return [] if len(block.why.split()) >= 3 else ["A reason has three words or more."]
    return [] if block.language in (*HERE, "text") else ["Which test runs it, or why does none?"]


RULED = [page for page in PAGES if is_ruled(page)]


@pytest.mark.parametrize("page", RULED, ids=name_of)
def test_a_block_is_run_here_or_by_a_test_that_it_names_or_says_why_not(page):
    text, found = page.read_text(), blocks_of(page)

    assert len(re.findall(r"^[ \t]*```", text, re.MULTILINE)) == 2 * len(found), "A fence begins its line, and ends it."
    assert len(re.findall("<!-- (?:run|like|not run):", text)) == len([block for block in found if block.mark])
    wrong = {block.text: wrong_with(block, page) for block in found if block.mark or not is_followed(page)}
    assert {block: said for block, said in wrong.items() if said} == {}


def test_most_blocks_are_run(record_property):
    marks = Counter(block.mark or "here" for page in RULED for block in blocks_of(page) if block.language != "text")
    record_property("measured", f"blocks of commands and code: {dict(marks)}")

    assert marks["not run"] + marks["like"] < marks["run"] + marks["here"]


@pytest.mark.long
@pytest.mark.parametrize(
    "page", [page for page in PAGES if to_be_run(page, "python") and not is_followed(page)], ids=name_of
)
def test_the_python_blocks_of_a_page_run_one_after_the_other(page, tmp_path):
    program = tmp_path / "page.py"
    program.write_text("\n\n".join(to_be_run(page, "python")))

    finished = subprocess.run(
        [sys.executable, program], cwd=tmp_path, env={"SECRET_KEY": "x"}, capture_output=True, text=True, check=False
    )

    assert finished.returncode == 0, finished.stderr


ASK = """
asked = app.test_client().post
assert [asked(path).status_code for path in ("/notes/x", "/api/v1/notes", "/api/v1/word-counts")] == [401] * 3
"""


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_code_that_is_read_first_is_an_application_whose_doors_are_closed(name, tmp_path):
    program = tmp_path / "page.py"
    program.write_text("\n\n".join([*to_be_run(ROOT / name, "python"), ASK]))

    finished = subprocess.run(
        [sys.executable, program], cwd=tmp_path, env={"SECRET_KEY": "x"}, capture_output=True, text=True, check=False
    )

    assert finished.returncode == 0, finished.stderr


@pytest.mark.long
@pytest.mark.parametrize("page", holds("sh", "diff"), ids=name_of)
def test_the_commands_of_a_page_run_one_after_the_other_in_a_fresh_project(page, project):
    run(project / "starter", "flask secrets --write && flask db upgrade")

    for path, language, text in steps_of(name_of(page)):
        if language in ("sh", "diff"):
            follow(project, path, language, text)


@pytest.mark.parametrize("page", holds("html"), ids=name_of)
def test_a_piece_of_a_template_is_drawn_by_the_starter(page, app):
    with app.test_request_context():
        for piece in to_be_run(page, "html"):
            there = {"entry": SimpleNamespace(name="Ada"), "url_for": lambda endpoint, **_values: f"/{endpoint}"}
            render_template_string(piece, **there)


@pytest.mark.parametrize("page", holds("ini"), ids=name_of)
def test_settings_that_a_page_shows_are_settings(page):
    for said in to_be_run(page, "ini"):
        environ = dict(line.split("=", 1) for line in said.splitlines())
        loaded = Settings.load(environ=environ, mode="development")
        assert {f"{name} in the environment" for name in environ} <= set(loaded.sources.values())


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
