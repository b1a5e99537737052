"""What it costs to measure each request: `python bench/measuring.py`.

One process, one thread, no server: the application is called as a server calls it. In turns it measures nothing, the
time split, the split and metrics, and the same with metrics shared through files; each turn is a hundred requests, and
what is told is the median over all turns of the difference to the turn that measured nothing right before.
"""

import gc
import io
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from types import CellType

from flask import Flask

from carboy import context
from carboy.data.flask import data_of
from carboy.ops.access_log import timed
from carboy.ops.metrics.instruments import Instruments
from carboy.ops.metrics.room import Metrics
from carboy.web.onion import Environ, StartResponse, Wsgi
from starter import create_app
from starter.settings import Settings

TURNS, REQUESTS = 200, 100
PATHS = {"no database": "/api/v1/calculator/add?a=1&b=2", "two statements": "/api/v1/foss"}


def call(application: Wsgi, path: str) -> None:
    """Ask once, as a server does."""
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.version": (1, 0),
        "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    answered = []
    answer = application(environ, lambda status, *_: answered.append(status))
    b"".join(answer)
    getattr(answer, "close", bool)()
    assert answered[0].startswith("200"), answered  # noqa: S101


def turn(application: Wsgi, path: str) -> float:
    """Return the microseconds of one request, over a turn."""
    began = time.perf_counter()
    for _ in range(REQUESTS):
        call(application, path)
    return (time.perf_counter() - began) / REQUESTS * 1e6


def make() -> Flask:
    """Make the application on a database of its own, which says nothing in the log."""
    root = Path(tempfile.mkdtemp())
    values = {"mode": "testing", "metrics_token": "a-token-for-nobody", "log_level": "ERROR"}
    app = create_app(Settings.load(root=root, environ={}, database_url=f"sqlite:///{root}/bench.sqlite", **values))
    data_of(app).migrations.upgrade(data_of(app).database)
    logging.disable(logging.INFO)  # the line is written by whoever measures and whoever does not
    return app


def unwrapped(app: Flask) -> Wsgi:
    """Take the layer that measures off the application, and return what is inside it."""
    inside = app.wsgi_app
    while "logged" not in inside.__qualname__:
        inside = next(
            cell.cell_contents for cell in inside.__closure__ if callable(cell.cell_contents) and _is_next(cell)
        )
    return next(cell.cell_contents for cell in inside.__closure__ if _is_next(cell))


def _is_next(cell: CellType) -> bool:
    return getattr(cell.cell_contents, "__name__", "") in _LAYERS


_LAYERS = {"with_sockets", "with_id", "mounted", "probed", "with_metrics", "logged", "served", "wsgi_app", "behind"}


def shared_counts() -> Metrics:
    """Return what counts into files, as several workers do."""
    from prometheus_client import values

    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp()
    values.ValueClass = values.MultiProcessValue()
    counts = Metrics.__new__(Metrics)
    counts.instruments = Instruments(None)
    return counts


def main() -> None:
    """Measure and tell."""
    app = make()
    inside = unwrapped(app)
    ways = {
        "the time split": timed(app)(inside),
        "the split and metrics": timed(app, app.extensions["carboy.metrics"])(inside),
        "the same, shared by workers": timed(app, shared_counts())(inside),
    }

    def bare(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return inside(environ, start_response)

    for title, path in PATHS.items():
        for application in (bare, *ways.values()):
            turn(application, path)
        found = {name: [] for name in ways}
        plain = []
        gc.disable()
        for _ in range(TURNS):
            for name, application in ways.items():
                without = turn(bare, path)
                plain.append(without)
                found[name].append(turn(application, path) - without)
        gc.enable()
        print(f"{title}: a request takes {statistics.median(plain):.0f} µs")
        for name, differences in found.items():
            print(f"  {name}: {statistics.median(differences):+.1f} µs")

    with context.stopwatch():
        began = time.perf_counter()
        for _ in range(100_000):
            with context.spending("database"):
                pass
        print(f"one booking: {(time.perf_counter() - began) * 10:.2f} µs")


if __name__ == "__main__":
    main()
