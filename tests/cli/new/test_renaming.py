"""From the starter's name to the project's: everywhere, and nowhere else."""

import re
import tomllib
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carboy.cli.new.renaming import renamed_path, renamed_text, title_of

CODE = PurePosixPath("starter/home/domain.py")
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,9}(_[a-z0-9]{1,9})?", fullmatch=True)
PARTS = st.sampled_from(["starter", "Starter", "starters", "_starter", "kickstarter", "starter_kit", "shop", "STARTER"])
BETWEEN = st.sampled_from([" ", ".", "-", "/", ":", '"', "\n", "="])


@given(NAMES, st.lists(st.tuples(PARTS, BETWEEN)))
def test_a_name_that_stands_by_itself_is_replaced_and_every_other_word_stays(name, words):
    text = "".join(word + mark for word, mark in words)
    wanted = {"starter": name, "Starter": title_of(name)}

    expected = "".join(wanted.get(word, word) + mark for word, mark in words)

    assert renamed_text(CODE, text, name) == expected


@given(st.text(alphabet=st.characters(exclude_characters="Ss")))
def test_a_text_without_the_name_stays_as_it_is(text):
    assert renamed_text(CODE, text, "shop") == text


@pytest.mark.parametrize(
    ("path", "text", "renamed"),
    [
        ("starter/__init__.py", "from starter.features import FEATURES", "from my_shop.features import FEATURES"),
        ("compose.yaml", "image: ${IMAGE:-starter:local}", "image: ${IMAGE:-my_shop:local}"),
        ("deploy/systemd/web.service", "Requires=starter-web.socket", "Requires=my_shop-web.socket"),
        ("deploy/k8s/base/kustomization.yaml", "namePrefix: starter-", "namePrefix: my-shop-"),
        ("README.md", "# Starter", "# My shop"),
        ("starter/static/vendor/x.js", "starter", "starter"),
    ],
)
def test_each_kind_of_file_has_the_name_as_it_is_spelled_there(path, text, renamed):
    assert renamed_text(PurePosixPath(path), text, "my_shop") == renamed


def test_the_package_lies_in_a_folder_of_its_name():
    assert renamed_path(PurePosixPath("starter/home/api.py"), "shop") == PurePosixPath("shop/home/api.py")


@pytest.mark.parametrize("name", ["shop", "my_shop"])
def test_no_file_of_a_project_speaks_of_the_starter(rendered, name):
    files = rendered(name).items()

    left = [
        path for path, file in files if "vendor/" not in path and re.search(rb"starter", file.content, re.IGNORECASE)
    ]

    assert left == []
    assert not [path for path, _ in files if "starter" in path]


def test_a_project_says_what_it_was_made_with(rendered):
    said = tomllib.loads(rendered("my_shop", ["todos", "foss"])["pyproject.toml"].content.decode())

    assert said["project"]["name"] == "my_shop"
    assert said["tool"]["carboy"]["package"] == "my_shop"
    assert said["tool"]["carboy"]["without"] == ["foss", "todos"]
