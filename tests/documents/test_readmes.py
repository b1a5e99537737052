"""The README in Korean says what the English one says: the same shape, the same code, the same ways on."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGLISH, KOREAN = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.ko.md"))
OF_ONE_LANGUAGE = {"README.md", "README.ko.md", "docs/coming-from/imflask.ko.md"}
WHAT = {
    "headings": lambda text: re.findall(r"^#+ ", text, re.MULTILINE),
    "code blocks": lambda text: re.findall(r"^```\w+\n.*?^```", text, re.MULTILINE | re.DOTALL),
    "links": lambda text: sorted(set(re.findall(r"\]\(([^)]+)\)", text)) - OF_ONE_LANGUAGE),
    "cells of tables": lambda text: [line.count("|") for line in text.splitlines() if line.startswith("|")],
    "points": lambda text: re.findall(r"^- ", text, re.MULTILINE),
    "figures": lambda text: sorted(re.findall(r"\b(?:20\d\d|\d{2,})(?= |년|$)", _tables_of(text))),
}


def _tables_of(text):
    return "\n".join(line.replace("|", "\n") for line in text.splitlines() if line.startswith("|"))


@pytest.mark.parametrize("what", WHAT)
def test_both_readmes_have_the_same(what):
    assert WHAT[what](ENGLISH)
    assert WHAT[what](KOREAN) == WHAT[what](ENGLISH)


def test_the_first_command_comes_within_150_words():
    assert len(ENGLISH.partition("```")[0].split()) < 150
