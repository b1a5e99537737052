"""Questions about how much of everything there is: connections for threads, open files for sockets."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from carboy.data.engines import OVERFLOW
from carboy.jobs.cli import BESIDE_THREADS
from carboy.ops.checks.asking import question, settings_of

if TYPE_CHECKING:
    from flask import Flask

_OTHER_FILES = 100  # the log, the libraries, what a request has open


@question(
    "web.threads-without-connection",
    remedy="Raise DATABASE_POOL_SIZE to as many, or lower GUNICORN_THREADS.",
)
def _requests_find_connections(app: "Flask") -> Iterator[str]:
    """Every thread of a web process finds a connection to the database."""
    settings = settings_of(app)
    if settings.gunicorn_threads > settings.database_pool_size + OVERFLOW:
        yield (
            f"{settings.gunicorn_threads} threads of each web process share {settings.database_pool_size} connections,"
            f" and {OVERFLOW} more at need: some requests will wait for one."
        )


@question(
    "jobs.threads-without-connection",
    room="carboy.jobs",
    remedy="Raise DATABASE_POOL_SIZE to as many, or lower JOBS_THREADS.",
)
def _workers_find_connections(app: "Flask") -> Iterator[str]:
    """A worker finds a connection for each of its threads: else it does not start."""
    settings = settings_of(app)
    if (
        settings.jobs_engine == "local"
        and settings.jobs_threads + BESIDE_THREADS > settings.database_pool_size + OVERFLOW
    ):
        yield f"`flask worker` will not start: {settings.jobs_threads} threads need more connections than its pool has."


@question(
    "live.open-files",
    room="carboy.live.sockets",
    remedy="Raise the limit (LimitNOFILE= of systemd, `ulimit -n`), or lower LIVE_SOCKETS.",
)
def _sockets_find_files(app: "Flask") -> Iterator[str]:
    """A process may open as many files as it may hold sockets."""
    settings, most = settings_of(app), most_open_files()
    needed = settings.live_sockets + settings.gunicorn_threads + 2 * (settings.database_pool_size + OVERFLOW)
    if needed + _OTHER_FILES > most:
        yield f"A process may open {most} files here, and {settings.live_sockets} sockets are one each."


def most_open_files() -> int:
    """Return how many files a process may open."""
    try:
        import resource
    except ImportError:  # this platform has no such limit
        return 1 << 20
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 1 << 20 if soft == resource.RLIM_INFINITY else soft
