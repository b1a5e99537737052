"""The page on faults of older foundations names tests that are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/why/ancestors.md").read_text("utf-8")
NAMED = re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE)
FAULTS = [
    line for line in PAGE.splitlines() if line.startswith("|") and not re.match(r"\| (\*\*|the fault)|\|---", line)
]


def functions_of(path):
    body = ast.parse((ROOT / path).read_text("utf-8")).body if (ROOT / path).exists() else []
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


def test_every_fault_names_a_test():
    assert len(FAULTS) > 30
    assert [fault for fault in FAULTS if "::test_" not in fault] == []


def test_every_test_that_holds_a_fault_is_there():
    there = {path: functions_of(path) for path, _ in NAMED}

    assert [f"{path}::{name}" for path, name in NAMED if name not in there[path]] == []
