"""A feature that is left out leaves nothing behind, and what remains fits together."""

import ast
import json
import re
import subprocess
import sys
from importlib import metadata
from itertools import chain, combinations
from pathlib import Path

import pytest

from carboy.app import create_app
from carboy.cli.new.leaving_out import OPTIONAL
from carboy.cli.new.starter import files_of, starter_folder
from carboy.web.openapi.document import printed, titled
from carboy.web.openapi.exported import files_of as exported_files
from starter.features import FEATURES
from starter.settings import Settings

SUBSETS = list(chain.from_iterable(combinations(OPTIONAL, size) for size in range(len(OPTIONAL) + 1)))
RUFF = Path(sys.executable).parent / "ruff"
LEFT_IN_THE_REPOSITORY = {"compose.override.yaml", "migrations"}
TAKEN = {
    ".env.d", ".github", ".gitignore", "AGENTS.md", "CONTRIBUTING.md", "Dockerfile", "Dockerfile.dockerignore",
    "Makefile", "README.md", "compose.spa.yaml", "compose.yaml", "deploy", "gunicorn.conf.py",
    "insert_default_data.py", "manage.py", "migrations", "pyproject.toml", "requirements-dev.in",
    "requirements-dev.txt", "requirements.in", "requirements.txt", "run.py", "specifications", "shop", "tests",
    "tools", "wsgi.py",
}  # fmt: skip

every_subset = pytest.mark.parametrize("without", SUBSETS, ids=lambda subset: "-".join(subset) or "nothing")


def test_whatever_is_new_in_the_starter_is_taken_along_or_left_on_purpose(rendered):
    there = {path.parts[0] for path in files_of(starter_folder())} - LEFT_IN_THE_REPOSITORY

    assert {path.partition("/")[0] for path in rendered()} == TAKEN
    assert there - {"starter"} <= TAKEN


@every_subset
def test_no_word_of_a_feature_that_was_left_out_remains(rendered, without):
    words = re.compile("|".join(rf"\b{one.removesuffix('s')}" for one in without))
    files = {path: file.content for path, file in rendered(without=without).items() if "static/vendor/" not in path}
    files["pyproject.toml"] = files["pyproject.toml"].partition(b"[build-system]")[2]  # above it, they are named

    found = [path for path, text in files.items() if without and words.search(f"{path}\n{text.decode()}".lower())]

    assert found == []


@pytest.mark.parametrize("without", [(), OPTIONAL], ids=["everything", "as little as can be"])
def test_every_file_of_a_project_can_be_read_by_whoever_reads_it(rendered, without):
    for path, file in rendered(without=without).items():
        if path.endswith(".py"):
            ast.parse(file.content)
        elif path.endswith(".json"):
            json.loads(file.content)


@pytest.mark.parametrize(("name", "without"), [("a", ()), ("q" * 30, OPTIONAL), ("my_shop", ("todos",))])
def test_whatever_a_project_is_called_its_formatter_and_its_linter_find_nothing_to_do(laid_out, name, without):
    folder = laid_out(name, without)

    for command in (["format", "--check"], ["check"]):
        done = subprocess.run([RUFF, *command, "--no-cache", "."], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@every_subset
def test_the_features_that_remain_are_listed_and_there(rendered, without):
    files = rendered(without=without)

    listed = re.findall(r'"shop\.(\w+)"', files["shop/features.py"].content.decode())

    assert listed == [one for one in (name.rpartition(".")[2] for name in FEATURES) if one not in without]
    assert [one for one in listed if f"shop/{one}/__init__.py" not in files] == []


@every_subset
def test_every_path_that_a_page_names_is_there(rendered, without):
    files = rendered(without=without)
    folders = {str(parent) for path in files for parent in Path(path).parents}

    for page in ("README.md", "CONTRIBUTING.md", "AGENTS.md"):
        text = files[page].content.decode()
        named = re.findall(r"\]\(([^)#]+)\)|`((?:shop|tests|migrations|specifications)/[\w/]*)`", text)
        paths = {path.rstrip("/") for found in named for path in found if path and not path.startswith("http")}
        assert paths - set(files) - folders == set(), page


def test_a_page_that_is_named_is_in_the_project_or_among_carboys_own(rendered):
    files = rendered()
    text = {path: file.content.decode() for path, file in files.items() if "static/vendor/" not in path}

    named = [(said[: page.end()], page[0]) for said in text.values() for page in re.finditer(r"[\w/-]+\.md\b", said)]

    assert named
    assert [page for before, page in named if page not in files and "Carboy's" not in before[-120:]] == []


@every_subset
def test_what_is_said_of_the_api_is_said_of_what_remains(rendered, tmp_path, without):
    remaining = [feature for feature in FEATURES if feature.rpartition(".")[2] not in without]
    settings = Settings.load(root=tmp_path, environ={}, mode="testing")
    app = create_app("starter", settings, features=remaining)

    files = rendered("starter", without)

    assert files["specifications/openapi-v1.json"].content.decode() == printed(titled(app, "v1"))
    schemas = {path for path in files if path.startswith("specifications/schemas/")}
    assert {f"specifications/schemas/{name}" for name in exported_files(app)} <= schemas
    assert {path.split("/")[2] for path in schemas}.isdisjoint(without)


def test_the_version_is_that_of_carboy(rendered):
    assert f'version = "{metadata.version("carboy")}"' in rendered()["pyproject.toml"].content.decode()
