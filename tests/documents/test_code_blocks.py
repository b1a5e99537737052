"""What the documents show can be run: every Python block compiles and its imports exist; every command is known."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "starter/README.md"])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language):
    for page in PAGES:
        for number, match in enumerate(BLOCK.finditer(page.read_text())):
            if match[1] == language:
                yield pytest.param(match[2], id=f"{page.relative_to(ROOT)}:{number}")


@pytest.mark.parametrize("source", list(blocks("python")))
def test_a_python_block_compiles_and_imports_what_exists(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith("starter.greeting"):
            module = import_module(node.module)
            missing = [alias.name for alias in node.names if not hasattr(module, alias.name)]
            assert not [name for name in missing if not _is_module(f"{node.module}.{name}")]


def _is_module(name):
    try:
        import_module(name)
    except ImportError:
        return False
    return True


def commands():
    found = set()
    for page in PAGES:
        for match in BLOCK.finditer(page.read_text()):
            if match[1] in ("sh", "console"):
                found |= set(re.findall(r"^(?:\w+=\S+ )*(flask(?: [a-z]+){1,2}|make [a-z-]+)", match[2], re.MULTILINE))
    return sorted(found)


@pytest.mark.parametrize("command", commands())
def test_a_command_in_a_document_exists(command):
    program, *words = command.split()
    if program == "make":
        finished = subprocess.run(["make", "--dry-run", words[0], "msg=x"], cwd=ROOT, capture_output=True, check=False)
    else:
        known = [word for word in words if word != "flask"]
        finished = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "starter", *known, "--help"],
            cwd=ROOT / "starter",
            capture_output=True,
            check=False,
        )

    assert finished.returncode == 0, finished.stderr.decode()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_between_documents_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []
