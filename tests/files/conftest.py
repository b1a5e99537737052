"""Files on three kinds of database, in three kinds of store."""

import io
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from carboy.data import Base, Database
from carboy.files.room import Files, Limits
from carboy.files.stores.bucket import BucketStore
from carboy.files.stores.database import DatabaseStore
from carboy.files.stores.folder import FolderStore
from carboy.files.table import FILE_CHUNKS, FILE_OWNERS, FILES
from carboy.jobs import Jobs
from carboy.jobs.table import JOBS, SCHEDULES
from carboy.testing.servers import absent, free_port, wait_for_port

SAMPLE = Path(__file__).parent / "sample"
sys.path.insert(0, str(SAMPLE))  # child processes import it by name; a folder of tests has none

TABLES = (FILES, FILE_CHUNKS, FILE_OWNERS, JOBS, SCHEDULES)


@pytest.fixture(scope="session")
def make_files_database(new_database):
    """Give the database of a kind, with our tables; one for the whole run."""
    made = {}

    def make(kind):
        if kind not in made:
            made[kind] = Database(new_database(kind), patience=10)
            Base.metadata.create_all(made[kind].engine(), tables=TABLES)
        return made[kind]

    yield make
    for database in made.values():
        database.close()


@contextmanager
def emptied(database):
    yield database
    with database.transaction() as session:
        for table in TABLES:
            session.execute(table.delete())
    held = {kind: engine.pool.checkedout() for kind, engine in database._engines.items()}
    assert set(held.values()) <= {0}, held


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database(request, make_files_database):
    """Each kind of database, empty before and after."""
    with emptied(make_files_database(request.param)) as empty:
        yield empty


@pytest.fixture
def sqlite(make_files_database):
    """A database where the kind does not matter."""
    with emptied(make_files_database("sqlite")) as empty:
        yield empty


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory):
    """A server that speaks as Amazon's S3 does, of this run alone; its address."""
    try:
        import moto.server  # noqa: F401
    except ImportError:
        absent("An S3 server", "pip install 'moto[s3]' flask-cors")
    port = free_port()
    with (tmp_path_factory.mktemp("s3") / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, SAMPLE / "s3_server.py", str(port)], stdout=log, stderr=log)
    try:
        wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


BUCKETS = count(1)


@pytest.fixture
def bucket(s3_server):
    """An empty bucket."""
    import urllib.request

    name = f"bucket-{next(BUCKETS)}"
    urllib.request.urlopen(urllib.request.Request(f"{s3_server}/{name}", method="PUT")).close()
    return BucketStore(name, endpoint=s3_server, key_id="key", secret="secret")


@pytest.fixture
def folder(tmp_path):
    """An empty folder."""
    (tmp_path / "files").mkdir()
    return FolderStore(tmp_path / "files")


@pytest.fixture
def make_files():
    """Make the room on a database, with a store of its own if one is given."""

    def make(database, store=None, **limits):
        choose = (lambda _database: [store]) if store else (lambda database: [DatabaseStore(database)])
        return Files(Jobs(database), choose, limits=Limits(**limits))

    return make


@pytest.fixture
def room(sqlite, folder, make_files):
    """Files in a folder, their rows in SQLite: where neither matters."""
    return make_files(sqlite, folder)


@pytest.fixture
def content():
    """Some bytes, none like those beside them, of any length."""
    return lambda size: bytes(number * 31 % 251 for number in range(min(size, 100_003))) * (size // 100_003 + 1)


@pytest.fixture
def stream(content):
    """The same, as one reads a file."""
    return lambda size=10: io.BytesIO(content(size)[:size])


@pytest.fixture
def keys_in():
    """The keys of everything that lies in a store, whole or not."""
    from datetime import timedelta

    from carboy.context import utc_now

    return lambda store: set(store.older_than(utc_now() + timedelta(days=1)))


@pytest.fixture
def until():
    """Wait until something is so."""

    def wait_for(what, *, seconds=15):
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, "it has not come to be so"
            threading.Event().wait(0.01)

    return wait_for
