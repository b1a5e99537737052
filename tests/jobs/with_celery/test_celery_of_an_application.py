"""An application whose JOBS_ENGINE is celery: what it refuses, what it leaves alone, and Celery's own commands."""

import logging
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from carboy.errors import SettingsError, SetupError
from carboy.jobs.flask import celery_of

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
NOWHERE = "redis://127.0.0.1:1/0"

ASK = """
from starter import create_app
from carboy.data.flask import data_of
from carboy.jobs.flask import jobs_of
from carboy.jobs.upkeep import prune
app = create_app()
with data_of(app).database.transaction():
    asked = jobs_of(app).enqueue(prune)
print(asked)
"""


@pytest.fixture
def make_celery(make_app):
    """Make the Celery application of an application. What it would do in a worker, it does not do here."""
    return lambda **values: celery_of(make_app(jobs_engine="celery", **values))


@pytest.fixture(autouse=True)
def worker_signals_as_they_were():
    from celery import signals

    every = [
        signals.worker_ready,
        signals.worker_process_init,
        signals.worker_process_shutdown,
        signals.worker_shutdown,
    ]
    before = [list(one.receivers) for one in every]
    yield
    for one, receivers in zip(every, before, strict=True):
        one.receivers = receivers


def test_an_application_without_celery_has_none_to_give(make_app):
    with pytest.raises(SetupError, match="JOBS_ENGINE=celery"):
        celery_of(make_app())


def test_celery_needs_a_broker(make_app):
    with pytest.raises(SettingsError, match="CELERY_BROKER_URL"):
        make_app(jobs_engine="celery")


def test_an_application_has_one_celery(make_app):
    app = make_app(jobs_engine="celery", redis_url=NOWHERE)

    assert celery_of(app) is celery_of(app)


def test_the_broker_is_redis_unless_another_is_said(make_celery):
    by_redis = make_celery(redis_url=NOWHERE)
    by_rabbit = make_celery(redis_url=NOWHERE, celery_broker_url="amqp://shop:pw@localhost/shop")

    assert by_redis.conf.broker_url == NOWHERE
    assert by_rabbit.conf.broker_url == "amqp://shop:pw@localhost/shop"


def test_each_application_has_keys_of_its_own_in_redis(make_celery):
    names = ["shop", "Shop", "Ada's Büro & Shop", "Ada's Baro & Shop", "Магазин", "商店", "-"]
    made = [make_celery(redis_url=NOWHERE, app_name=name) for name in names]

    prefixes = [one.conf.broker_transport_options["global_keyprefix"] for one in made]
    assert len(set(prefixes)) == len(names)
    assert prefixes[0] == "shop:celery:"
    assert re.fullmatch(r"ada-s-b-ro-shop-[0-9a-f]{8}:celery:", prefixes[2])
    assert re.fullmatch(r"[0-9a-f]{8}:celery:", prefixes[4])


def test_celery_leaves_the_log_as_it_is(make_celery):
    celery = make_celery(redis_url=NOWHERE)
    root = logging.getLogger()
    before = list(root.handlers), root.level, sys.stdout

    celery.log.setup(loglevel="DEBUG", redirect_stdouts=True)

    assert (list(root.handlers), root.level, sys.stdout) == before
    assert logging.getLogger("celery").level == logging.DEBUG


def test_another_celery_in_the_process_stays_the_current_one(make_celery):
    from celery import Celery, current_app

    theirs = Celery("theirs")

    make_celery(redis_url=NOWHERE)

    assert current_app._get_current_object() is theirs


@pytest.mark.long
def test_making_an_application_does_not_import_celery(starter):
    script = "import sys; from starter import create_app; create_app(); print('celery' in sys.modules)"

    assert starter(sys.executable, "-c", script) == "False"


@pytest.mark.long
def test_the_starter_works_as_celerys_users_expect(broker_url, starter, starters_worker, until):
    starter("flask", "db", "upgrade")
    asked = starter(sys.executable, "-c", ASK, REDIS_URL=broker_url)

    worker = starters_worker("celery", "-A", "starter.celery", "worker", "-Q", "default,mail", REDIS_URL=broker_url)

    until(lambda: '"done"' in starter("flask", "jobs", "show", asked, "--format", "json", whole=True), seconds=30)
    assert "1 node online" in starter("celery", "-A", "starter.celery", "status", REDIS_URL=broker_url)
    worker.terminate()
    assert worker.wait(timeout=15) == 0


@pytest.fixture
def folder(tmp_path):
    """A copy of the starter."""
    copy = tmp_path / "project"
    shutil.copytree(ROOT / "starter", copy, ignore=shutil.ignore_patterns("instance", "__pycache__", ".env.d"))
    return copy


@pytest.fixture
def variables():
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}", "FLASK_APP": "starter", "FLASK_SKIP_DOTENV": "1",
        "JOBS_ENGINE": "celery", "REDIS_URL": NOWHERE,
    }  # fmt: skip


@pytest.fixture
def starter(folder, variables):
    """Run a command in the starter's folder, and give what it said, or the last line of it."""

    def run(*command, whole=False, **more):
        finished = subprocess.run(command, cwd=folder, env=variables | more, capture_output=True, text=True)
        assert finished.returncode == 0, finished.stderr + finished.stdout
        return finished.stdout if whole else (finished.stdout.strip().splitlines() or [""])[-1]

    return run


@pytest.fixture
def starters_worker(folder, variables):
    """Start a command in the starter's folder; what is left of it is killed when the test ends."""
    started = []

    def start(*command, **more):
        with (folder / "worker.log").open("wb") as log:
            started.append(
                subprocess.Popen(
                    command, cwd=folder, env=variables | more, stdout=log, stderr=log, start_new_session=True
                )
            )
        return started[-1]

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
