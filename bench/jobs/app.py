"""The smallest application with jobs, and the no-op that everybody runs: a byte appended to a file, to be counted.

FLASK_APP=bench.jobs.app flask worker
celery -A bench.jobs.app:celery worker          (JOBS_ENGINE=celery)
"""

import os

from flask import Flask

from carboy import data, jobs
from carboy.jobs import job
from carboy.jobs.flask import jobs_of
from carboy.ops import logs
from carboy.settings import Settings, adopt

COUNT = os.environ.get("BENCH_COUNT", os.devnull)


@job(name="noop")
def noop() -> None:
    """Leave one byte."""
    leave_a_byte()


def leave_a_byte() -> None:
    """Append to the file that the benchmark watches."""
    descriptor = os.open(COUNT, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, b".")
    os.close(descriptor)


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application from the environment alone."""
    app = Flask(__name__)
    adopt(app, settings)
    logs.configure(adopt(app))
    data.init_app(app)
    jobs.init_app(app, factory="bench.jobs.app:create_app")
    jobs_of(app).register(noop)
    return app
