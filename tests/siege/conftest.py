"""One fortress for all who attack it, and one table of what came of them.

A few minutes of it run with the long tests; `make attack` throws all of it, and writes the table into the documents.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "attacks"))  # schemathesis and sqlmap are let loose there as well


WHOLE = os.environ.get("SIEGE") == "whole"


@pytest.fixture(scope="session")
def whole():
    """Whether all of it is thrown, as `make attack` has it."""
    return WHOLE


@pytest.fixture(scope="session")
def build(new_database, redis_server, tmp_path_factory):
    """Build a fortress, and open it."""
    from fortress import Fortress

    built = []

    def build(kind="postgresql", **variables):
        fortress = Fortress(tmp_path_factory.mktemp("fortress"), new_database(kind), redis_server, **variables)
        built.append(fortress)
        fortress.open()
        return fortress

    yield build
    for fortress in built:
        fortress.close()


@pytest.fixture(scope="session", params=["postgresql", "sqlite"] if WHOLE else ["postgresql"])
def kind(request):
    """The database that it stands on."""
    return request.param


@pytest.fixture(scope="session")
def fortress(build, kind):
    fortress = build(kind)
    fortress.warm_up()
    return fortress


COMMANDS = {"siege": "make attack", "faults": "make chaos", "soak": "make soak"}
TABLES = {
    "siege": (
        "what was thrown at the fortress",
        ("what is thrown", "tried", "answered", "refused", "errors", "hung", "memory"),
    ),
    "faults": (
        "what failed under a steady load",
        (
            "what fails",
            "acknowledged",
            "lost",
            "doubled",
            "jobs",
            "unfinished",
            "answered wrongly",
            "ready",
            "well again after",
        ),
    ),
    "soak": ("what grew under a steady load", ("what", "at first", "after a third", "after two thirds", "in the end")),
}


def pytest_terminal_summary(terminalreporter):
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    told = [(name, value) for report in reports for name, value in report.user_properties]
    for kind, (title, headings) in TABLES.items():
        rows = sorted(value for name, value in told if name == kind)
        if rows:
            table = "\n".join(f"| {' | '.join(row)} |" for row in (headings, ["---"] * len(headings), *rows))
            terminalreporter.section(title)
            terminalreporter.write_line(table)
            if folder := os.environ.get("SIEGE_TABLES"):
                Path(folder, f"{kind}.md").write_text(f"# {title.capitalize()}\n\n{_by(kind)}\n\n{table}\n")


def _by(kind):
    small = kind == "siege" and not WHOLE
    form = ", in the form that is thrown with every change" if small else ""
    return f"By `{COMMANDS[kind]}`{form}; [guarantees](../guarantees.md) says what it is about."
