"""One fortress for all who attack it, and one table of what came of them.

Threescore and more seconds with every change; `make attack` throws all of it, and writes the table into the documents.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "attacks"))  # schemathesis and sqlmap are let loose there as well

HEADINGS = ("what is thrown", "tried", "answered", "refused", "errors", "hung", "memory")


@pytest.fixture(scope="session")
def whole():
    """Whether all of it is thrown, as `make attack` has it."""
    return os.environ.get("SIEGE") == "whole"


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


@pytest.fixture(scope="session")
def fortress(build):
    return build()


def pytest_terminal_summary(terminalreporter):
    rows = [
        value
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        for name, value in report.user_properties
        if name == "siege"
    ]
    if not rows:
        return
    terminalreporter.section("what was thrown at the fortress")
    table = "\n".join(f"| {' | '.join(row)} |" for row in (HEADINGS, ["---"] * len(HEADINGS), *rows))
    terminalreporter.write_line(table)
    if written := os.environ.get("SIEGE_TABLE"):
        Path(written).write_text(table + "\n")
