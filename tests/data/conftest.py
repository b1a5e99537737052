"""Three kinds of database, each with the sample's tables. After every test they are empty, and all is given back."""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from carboy.data import Database

# Child processes import these by name; a folder of tests has none.
sys.path.insert(0, str(Path(__file__).parent / "sample"))

KINDS = ("sqlite", "postgresql", "mariadb")


@pytest.fixture(scope="session", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="session")
def shared_database(kind, new_database):
    from data_sample import Sample

    database = Database(new_database(kind))
    Sample.metadata.create_all(database.engine())
    yield database
    database.close()


@pytest.fixture
def make_database():
    """Make databases whose connections must all be back in their pools when the test ends."""
    made = []

    def make(url, **options):
        made.append(Database(url, **{"patience": 5, **options}))
        return made[-1]

    yield make
    held = {str(database): connections_held(database) for database in made}
    for database in made:
        database.close()
    assert set(held.values()) <= {0}, held


@pytest.fixture
def database_url(shared_database):
    """The URL of a database that has the sample's tables, empty before and after the test."""
    from data_sample import Sample

    yield shared_database.url.render_as_string(hide_password=False)
    with shared_database.transaction() as session:
        for table in reversed(Sample.metadata.sorted_tables):
            session.execute(table.delete())


@pytest.fixture
def database(database_url, make_database):
    return make_database(database_url)


@pytest.fixture
def hasty_database(database_url, make_database):
    """The same database, for somebody who waits a second and no more."""
    return make_database(database_url, patience=1)


@pytest.fixture
def empty_url(kind, new_database):
    """The URL of a database with nothing in it."""
    return new_database(kind)


@pytest.fixture
def empty_database(empty_url, make_database):
    return make_database(empty_url)


@pytest.fixture
def stored(database_url, make_database):
    """The names of all people that are really stored, as another connection sees them."""
    from data_sample import Person

    elsewhere = make_database(database_url)

    def read():
        with elsewhere.reading() as session:
            return sorted(session.scalars(select(Person.name)))

    return read


def connections_held(database):
    return sum(engine.pool.checkedout() for engine in database._engines.values())


@pytest.fixture
def held():
    """How many connections of a database are in somebody's hands."""
    return connections_held


@pytest.fixture
def add():
    """Store people by name."""
    from data_sample import Person

    def store(database, *names):
        with database.transaction() as session:
            session.add_all([Person(name=name) for name in names])

    return store


@pytest.fixture(scope="session")
def processes():
    """Four processes that share nothing with this one: submit what `data_processes` can do."""
    import data_processes

    spawn = multiprocessing.get_context("spawn")
    gates = {number: spawn.Barrier(number) for number in (2, 4)}
    with ProcessPoolExecutor(4, spawn, data_processes.stand_at, (gates,)) as pool:
        yield pool


@pytest.fixture
def process():
    """Start a process of its own that is killed when the test ends."""
    started = []

    def start(function, *arguments):
        started.append(multiprocessing.get_context("spawn").Process(target=function, args=arguments, daemon=True))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.join()
        one.close()


MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {after!r}
depends_on = {depends_on!r}


def upgrade():
{upgrade}


def downgrade():
{downgrade}
"""


@pytest.fixture
def versions(tmp_path):
    """A folder for migrations; its name is none of the easy ones."""
    folder = tmp_path / "100% of our migrations"
    folder.mkdir()
    return folder


@pytest.fixture
def write_migration(versions):
    """Write a migration by hand: SQL statements or lines of Python, each way."""

    def write(revision, after=None, *, depends_on=None, upgrade=(), downgrade=()):
        text = MIGRATION.format(
            revision=revision,
            after=after,
            depends_on=depends_on,
            upgrade=indented(upgrade),
            downgrade=indented(downgrade),
        )
        (versions / f"{revision}.py").write_text(text)

    return write


def indented(lines):
    code = [
        line if line.startswith(("op.", "with ", "    ", "raise ", "from ")) else f"op.execute({line!r})"
        for line in lines
    ]
    return "\n".join(f"    {line}" for line in code or ["pass"])
