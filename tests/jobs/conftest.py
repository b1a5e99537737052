"""Jobs on three kinds of database. A test asks, runs what it asked for by itself, and looks at what was kept."""

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from carboy.context import utc_now
from carboy.data import Base, Database
from carboy.jobs import Jobs, State, Worker
from carboy.jobs.table import JOBS, SCHEDULES
from carboy.jobs.workplace import Workplace

SAMPLE = Path(__file__).parent / "sample"
sys.path.insert(0, str(SAMPLE))  # child processes import it by name; a folder of tests has none

KINDS = ("sqlite", "postgresql", "mariadb")
OURS = (JOBS, SCHEDULES)


@pytest.fixture(scope="session", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="session")
def shared_database(kind, new_database):
    from jobs_sample import EFFECTS

    database = Database(new_database(kind))
    Base.metadata.create_all(database.engine(), tables=OURS)
    EFFECTS.metadata.create_all(database.engine())
    yield database
    database.close()


@pytest.fixture
def database_url(shared_database):
    """The URL of a database with the tables of jobs and of their effects, empty before and after the test."""
    from jobs_sample import EFFECTS

    yield shared_database.url.render_as_string(hide_password=False)
    with shared_database.transaction() as session:
        for table in (*OURS, EFFECTS):
            session.execute(table.delete())


@pytest.fixture(scope="session")
def home_database(shared_database):
    """The same database, as the application of the tests has it open; the other one looks on from outside."""
    database = Database(shared_database.url.render_as_string(hide_password=False), patience=5)
    yield database
    database.close()


@pytest.fixture
def database(home_database, database_url):
    """The application's database, whose connections must all be back in their pools when the test ends."""
    yield home_database
    held = {kind: engine.pool.checkedout() for kind, engine in home_database._engines.items()}
    assert set(held.values()) <= {0}, held


@pytest.fixture
def make_database(database_url):
    """Open the database once more, for somebody else."""
    made = []

    def make(**options):
        made.append(Database(database_url, **{"patience": 5, **options}))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def jobs(database):
    return Jobs(database)


@pytest.fixture
def ask(jobs):
    """Ask for a job in a transaction of its own, and give its id. The handler is made known first."""

    def enqueue(function, /, *given, **named):
        jobs.register(function)
        with jobs.database.transaction():
            return jobs.enqueue(function, *given, **named)

    return enqueue


@pytest.fixture
def make_workplace(jobs):
    """Make further processes' places, as far as the database can tell; they are left when the test ends."""
    made = []

    def make(of=jobs):
        made.append(Workplace(of))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def workplace(make_workplace):
    return make_workplace()


@pytest.fixture
def run_next(workplace, row):
    """Run the next job in this thread, and give its row as it is then; None if nothing is due."""

    def run(*queues):
        claimed = workplace.claim(queues or ("default",))
        if claimed is None:
            return None
        workplace.run(claimed)
        return row(claimed.id)

    return run


@pytest.fixture
def row(shared_database):
    """A job as another connection sees it."""

    def find(job_id):
        with shared_database.reading() as session:
            return session.execute(select(JOBS).where(JOBS.c.id == job_id)).one_or_none()

    return find


@pytest.fixture
def rows(shared_database):
    """All jobs as another connection sees them, in the order in which they were asked for."""

    def find():
        with shared_database.reading() as session:
            return session.execute(select(JOBS).order_by(JOBS.c.id)).all()

    return find


@pytest.fixture
def effects(shared_database):
    """What handlers have written, and was kept, as another connection sees it."""
    from jobs_sample import EFFECTS

    def read():
        with shared_database.reading() as session:
            return sorted(session.scalars(select(EFFECTS.c.what)))

    return read


@pytest.fixture
def leave():
    """What a handler of a test calls to leave something behind: leave(db, "this")."""
    import jobs_sample

    return jobs_sample.leave


@pytest.fixture
def change_row(shared_database):
    """Write into a job's row as if it had come to it by itself."""

    def write(job_id, **values):
        with shared_database.transaction() as session:
            session.execute(update(JOBS).where(JOBS.c.id == job_id).values(values))

    return write


@pytest.fixture
def let_rest(shared_database):
    """Have all that waits be due, however long it was to rest."""

    def write():
        with shared_database.transaction() as session:
            session.execute(update(JOBS).where(JOBS.c.state == State.QUEUED).values(due_at=utc_now() - MOMENT))

    return write


@pytest.fixture
def end_lease(change_row):
    """Have a job's lease be over."""
    return lambda job_id: change_row(job_id, look_at=utc_now() - MOMENT)


MOMENT = timedelta(seconds=1)


@pytest.fixture
def make_worker(jobs):
    """Start workers that are stopped when the test ends."""
    started = []

    def start(of=jobs, **options):
        started.append(Worker(of, **options))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop(patience=5)


@pytest.fixture
def worker_process(database_url):
    """Start a worker of its own process, and give it when it works; it is killed when the test ends."""
    started = []

    def start():
        command = [sys.executable, str(SAMPLE / "jobs_sample.py"), database_url]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        started[-1].worker = started[-1].stdout.readline().strip()
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.wait()
        one.stdout.close()


@pytest.fixture
def until():
    """Wait until something is so, and give it."""

    def wait_for(what, *, seconds=15):
        deadline = utc_now() + timedelta(seconds=seconds)
        while not (found := what()):
            assert utc_now() < deadline, "it has not come to be so"
            threading.Event().wait(0.01)
        return found

    return wait_for
