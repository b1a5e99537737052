"""The process that asks for jobs: `python -m bench.jobs.asking WAY prepare | ask NUMBER | latency NUMBER`."""

import json
import statistics
import sys
import time
from pathlib import Path

from bench.jobs.ways import done, wait_for


def _asker(way: str) -> "object":
    if way.startswith("Celery alone"):
        from bench.jobs.alone import noop

        return noop.delay
    from bench.jobs.app import create_app
    from bench.jobs.app import noop as handler

    from carboy.data.flask import data_of
    from carboy.jobs.flask import jobs_of

    app = create_app()
    database, jobs = data_of(app).database, jobs_of(app)

    def ask() -> None:
        with database.transaction():
            jobs.enqueue(handler)

    return ask


def prepare() -> None:
    """Make the tables."""
    from bench.jobs.app import create_app

    from carboy.data import Base
    from carboy.data.flask import data_of

    Base.metadata.create_all(data_of(create_app()).database.engine())


def main() -> None:
    """Do what the arguments say."""
    way, what, *number = sys.argv[1:]
    if what == "prepare":
        prepare() if not way.startswith("Celery alone") else None
        return
    ask, folder = _asker(way), Path.cwd()
    if what == "ask":
        for _ in range(int(number[0])):
            ask()
        return
    before, waits = done(folder), []
    for already in range(int(number[0])):
        time.sleep(0.2)
        began = time.perf_counter()
        ask()
        waits.append((wait_for(folder, before + already + 1) - began) * 1000)
    print(json.dumps({"median": statistics.median(waits), "worst": max(waits)}))


if __name__ == "__main__":
    main()
