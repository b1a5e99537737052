"""`flask dev` runs jobs beside the pages, and a saved file leaves none of them waiting."""

import signal

import pytest

from carboy.jobs.claiming import LEASE

FEATURE = '''
"""A feature whose job writes down when it starts, then waits to be let go."""

import os
import time
from pathlib import Path

from flask import Blueprint

from carboy.data.flask import writes
from carboy.jobs import every, job
from carboy.jobs.flask import jobs, jobs_of
from carboy.web.identity import public

HERE = Path(__file__).parents[1]
pages = Blueprint("waiting", __name__)


@job
def wait(name: str):
    with (HERE / f"{name}.starts").open("a") as starts:
        starts.write(f"{os.getpid()}\\n")
    while not (HERE / f"{name}.go").exists():
        time.sleep(0.02)
    (HERE / f"{name}.done").touch()


@every(1)
@job
def tick():
    (HERE / "ticked").touch()


@pages.get("/ask/<name>")
@writes
@public
def ask(name):
    jobs().enqueue(wait, name)
    return ""


def register(app, api):
    app.register_blueprint(pages)
    jobs_of(app).register(wait, tick)
'''


@pytest.fixture
def starter(starter):
    (starter / "starter/waiting.py").write_text(FEATURE)
    features = starter / "starter/features.py"
    features.write_text(features.read_text().replace('"starter.home",', '"starter.home",\n    "starter.waiting",'))
    return starter


def starts(starter, name):
    file = starter / f"{name}.starts"
    return file.read_text().splitlines() if file.exists() else []


def test_a_job_that_a_page_asks_for_runs_beside_the_pages(serve, starter):
    with serve("flask", "dev", "--yes") as server:
        assert server.get("/ask/tea")[0] == 200

        server.wait_until(lambda: starts(starter, "tea"))
        assert server.get("/livez")[0] == 200
        (starter / "tea.go").touch()
        server.wait_until((starter / "tea.done").exists)


def test_a_job_that_a_saved_file_interrupts_starts_again_without_waiting_for_its_lease(serve, starter):
    with serve("flask", "dev", "--yes") as server:
        server.get("/ask/tea")
        server.wait_until(lambda: starts(starter, "tea"))

        features = starter / "starter/features.py"
        features.write_text(features.read_text() + "\n")
        server.wait_until(lambda: len(set(starts(starter, "tea"))) == 2, seconds=LEASE.total_seconds() / 2)

        (starter / "tea.go").touch()
        server.wait_until((starter / "tea.done").exists)


def test_schedules_are_kept_beside_the_pages(serve, starter):
    with serve("flask", "dev", "--yes") as server:
        server.wait_until((starter / "ticked").exists)


def test_a_job_under_way_does_not_keep_ctrl_c_waiting(serve, starter):
    with serve("flask", "dev", "--yes") as server:
        server.get("/ask/tea")
        server.wait_until(lambda: starts(starter, "tea"))

        server.end(signal.SIGINT)

        assert server.port_is_free()
