"""What the pages for those who come from elsewhere say is here, is here: in each table, the column that says so.

That links lead somewhere, and that blocks run, is asked of every page by `test_code_blocks.py`.
"""

import pkgutil
import re
import shlex

import pytest
from click.testing import CliRunner
from following import ROOT
from test_code_blocks import flask_command, name_of, starter
from test_code_blocks import test_a_command_in_a_document_exists as must_exist

from carboy.cli.command import main
from starter import create_app
from starter.settings import Settings

__all__ = ["flask_command", "starter"]

PAGES = sorted({*ROOT.glob("docs/coming-from/*.md")} - {ROOT / "docs/coming-from/index.md"})
HERE = {"here", "여기"}
COMMAND = re.compile(r"(?:\w+=\S+ )*((?:flask|make|carboy) .+)")
ROUTE = re.compile(r"(?:([A-Z]+) )?(/\S*)")
PATH = re.compile(r"(?:python )?([\w.-]+/[\w./-]*|[\w.-]+\.(?:py|toml|yaml|txt|in)|Dockerfile|Makefile)(?: .+)?")
VARIABLE = re.compile(r"([A-Z][A-Z0-9_]+)(?:=\S+)?")
NAME = re.compile(r"carboy(?:\.\w+)+")
READ_BY = ("docs/reference/settings.md", "starter/Makefile", "starter/compose.yaml", "starter/compose.spa.yaml")


def said_to_be_here(page):
    """What stands between backticks in the columns of what is here."""
    column = None
    for line in page.read_text().splitlines():
        row = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if not line.startswith("|"):
            column = None
        elif column is None:
            column = next((at for at, cell in enumerate(row) if cell in HERE), 0)
        else:
            yield from re.findall(r"`([^`]+)`", row[column])


SAID = {page: list(said_to_be_here(page)) for page in PAGES}


def all_of(kind):
    """Every span of this kind, with the first page that has it."""
    found = {}
    for page, spans in SAID.items():
        for span in spans:
            if kind.fullmatch(span):
                found.setdefault(span, page.stem)
    return [pytest.param(span, id=f"{page}: {span}") for span, page in sorted(found.items())]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_says_what_is_here(page):
    for kind in (COMMAND, PATH, VARIABLE):
        assert [span for span in SAID[page] if kind.fullmatch(span)] != []


def test_both_languages_say_the_same():
    korean, english = (SAID[ROOT / f"docs/coming-from/imflask{language}.md"] for language in (".ko", ""))

    assert sorted(korean) == sorted(english)


@pytest.mark.parametrize("span", all_of(PATH))
def test_a_path_is_there_in_the_repository_or_in_a_project(span):
    path = PATH.fullmatch(span)[1]

    assert (ROOT / path).exists() or (ROOT / "starter" / path).exists()


@pytest.mark.parametrize("span", all_of(COMMAND))
def test_a_command_is_there_with_its_options(span, flask_command):
    program, *words = shlex.split(COMMAND.fullmatch(span)[1])
    if program == "carboy":
        assert CliRunner().invoke(main, [*words, "--help"]).exit_code == 0
        return

    must_exist(f"{program} {' '.join(words)}", flask_command)
    if program == "flask":
        options = {option for one in flask_command(words).params for option in (*one.opts, *one.secondary_opts)}
        assert {word for word in words if word.startswith("-")} <= options


@pytest.fixture(scope="module")
def addresses():
    """The methods and addresses of the starter as a developer has it, without the types of their parts."""
    rules = create_app(Settings.load(environ={}, mode="development")).url_map.iter_rules()
    return {(method, re.sub(r"<.*?(\w+)>", r"<\1>", rule.rule)) for rule in rules for method in rule.methods}


@pytest.mark.parametrize("span", all_of(ROUTE))
def test_an_address_is_one_of_the_starter(span, addresses):
    method, address = ROUTE.fullmatch(span).groups()

    assert (method or "GET", address) in addresses


@pytest.mark.parametrize("span", all_of(VARIABLE))
def test_a_variable_is_read_by_something(span):
    read = " ".join((ROOT / file).read_text() for file in READ_BY)

    assert re.search(rf"\b{VARIABLE.fullmatch(span)[1]}\b", read)


@pytest.mark.parametrize("span", all_of(NAME))
def test_a_name_can_be_imported(span):
    assert pkgutil.resolve_name(span)
