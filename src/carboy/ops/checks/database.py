"""Questions to the database."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from carboy.context import utc_now
from carboy.data.engines import OVERFLOW
from carboy.data.flask import data_of
from carboy.data.migrate import WHAT_TO_RUN
from carboy.data.scope import Kind
from carboy.errors import Unmigrated
from carboy.jobs.cli import BESIDE_THREADS
from carboy.jobs.clock import DatabaseClock
from carboy.jobs.table import JOBS, State
from carboy.ops.checks.asking import WITHOUT_DATABASE, question, reason, settings_of
from carboy.ops.checks.clocks import FOLLOW_TIME, skewed

if TYPE_CHECKING:
    from flask import Flask

    from carboy.data import Database
    from carboy.settings import Settings

_PROCESSES_BESIDE = 2  # a worker of jobs, and one that is being replaced or asks at a terminal
_THREADS_BESIDE = 2  # of a server, beside those of requests: one listens to events, one counts
_NETWORKS = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "virtiofs"),
    *("fuse.ceph", "fuse.cephfs", "fuse.glusterfs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.gcsfuse"),
}
_OLDEST = {"PostgreSQL": (14,), "MariaDB": (10, 11), "SQLite": (3, 35)}
_MOST = {
    "postgresql": "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')"
    "::int",
    "mysql": "SELECT @@max_connections",
}


@question(
    "data.unreachable",
    remedy="Start the database, or mend DATABASE_URL.",
    everywhere=True,
)
def _reached(app: "Flask") -> Iterator[str]:
    """The database answers."""
    database = data_of(app).database
    if not database.is_missing:
        yield from _unreachable(database, Kind.READ, "The database")


@question("data.replica", remedy="Start the replica, or take DATABASE_READ_URL away.", everywhere=True)
def _replica_is_reached(app: "Flask") -> Iterator[str]:
    """The replica answers, if there is one."""
    database = data_of(app).database
    if database.read_url != database.url:
        yield from _unreachable(database, Kind.REPLICA, "The replica")


def _unreachable(database: "Database", kind: Kind, name: str) -> Iterator[str]:
    try:
        with database.engine(kind).connect() as connection:
            connection.execute(text("SELECT 1"))
    except Exception as error:  # noqa: BLE001  (whatever it is, it does not answer)
        yield f"{name} does not answer: {reason(error)}"


@question(
    "data.version",
    remedy="Move to a newer server: `flask backup` there, `flask restore` here.",
    everywhere=True,
    after=("data.unreachable",),
)
def _server_is_new_enough(app: "Flask") -> Iterator[str]:
    """The database is of a kind and a version that Carboy is tried with."""
    database = data_of(app).database
    if database.is_missing:
        return
    name, version = server_of(database)
    if (oldest := _OLDEST.get(name)) is None:
        yield f"This is {name} {_dotted(version)}, which Carboy is not tried with: {', '.join(_OLDEST)} it is."
    elif version < oldest:
        yield f"This is {name} {_dotted(version)}, and Carboy is tried with {_dotted(oldest)} and newer."


def server_of(database: "Database") -> tuple[str, tuple[int, ...]]:
    """Return what the database calls itself, and its version."""
    with database.engine(Kind.READ).connect() as connection:
        dialect = connection.dialect
        name = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}.get(dialect.name)
        name = name or ("MariaDB" if getattr(dialect, "is_mariadb", False) else "MySQL")
        return name, tuple(part for part in dialect.server_version_info or () if isinstance(part, int))


def said_version(database: "Database") -> str:
    """Return the same for people."""
    name, version = server_of(database)
    return f"{name} {_dotted(version)}"


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


@question("data.unmigrated", remedy=WHAT_TO_RUN, everywhere=True, after=("data.unreachable",))
def _migrated(app: "Flask") -> Iterator[str]:
    """Every migration has been run."""
    room = data_of(app)
    try:
        room.migrations.refuse_if_pending(room.database)
    except Unmigrated as error:
        yield error.detail.removesuffix(f" {WHAT_TO_RUN}")


@question(
    "data.clock",
    remedy=FOLLOW_TIME,
    everywhere=True,
    after=WITHOUT_DATABASE,
)
def _clocks_agree(app: "Flask") -> Iterator[str]:
    """The clock of this machine and the database's show the same time."""
    yield from skewed("The database's", DatabaseClock(data_of(app).database)() - utc_now())


@question(
    "data.connections",
    remedy="Lower GUNICORN_WORKERS or GUNICORN_THREADS, or raise max_connections.",
    after=WITHOUT_DATABASE,
)
def _connections_suffice(app: "Flask") -> Iterator[str]:
    """The database lets in as many connections as all processes may need at a time."""
    settings, database = settings_of(app), data_of(app).database
    if (ask := _MOST.get(database.dialect)) is None:
        return
    with database.reading() as session:
        most = int(session.execute(text(ask)).scalar_one())
    server = connections_of(settings, settings.gunicorn_threads + _THREADS_BESIDE)
    worker = connections_of(settings, settings.jobs_threads + BESIDE_THREADS)
    needed = settings.machines * (settings.gunicorn_workers * server + _PROCESSES_BESIDE * worker)
    if needed > most:
        yield (
            f"All processes together may need {needed} connections (each web process {server}, each worker {worker}),"
            f" and the database lets in {most}."
        )


def connections_of(settings: "Settings", threads: int) -> int:
    """Return how many connections a process may have at a time: each thread one to write and one to read."""
    return 2 * min(settings.database_pool_size + OVERFLOW, threads)


@question(
    "data.sqlite-network",
    remedy="Move the file to a disk of this machine, or set DATABASE_URL to a database server.",
)
def _file_is_here(app: "Flask") -> Iterator[str]:
    """An SQLite file lies on a disk of this machine."""
    database = data_of(app).database
    if database.dialect == "sqlite" and (found := file_system_of(Path(database.url.database or ""))) in _NETWORKS:
        yield f"The SQLite file lies on a network ({found}), where its locks do not hold: it will be damaged."


@question(
    "data.sqlite-elsewhere",
    room="carboy.jobs",
    remedy="Run everything on one machine, or set DATABASE_URL to a database server.",
    after=WITHOUT_DATABASE,
)
def _nobody_elsewhere(app: "Flask") -> Iterator[str]:
    """No other machine works on an SQLite file."""
    database = data_of(app).database
    if database.dialect != "sqlite":
        return
    with database.reading() as session:
        names = session.scalars(select(JOBS.c.leased_by).where(JOBS.c.state == State.RUNNING)).all()
    hosts = {name.partition("/")[0] for name in names if name} - {socket.gethostname()[:60]}
    if hosts:
        yield f"Jobs of this SQLite file run on {', '.join(sorted(hosts))} as well."


def file_system_of(path: Path) -> str:
    """Return what kind of file system this path lies on, "" where nobody says."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return ""
    places = [line.split()[1:3] for line in mounts.read_text().splitlines()]
    around = [(place, kind) for place, kind in places if path.resolve().is_relative_to(place.replace("\\040", " "))]
    return max(around, key=lambda found: len(found[0]), default=("", ""))[1]
