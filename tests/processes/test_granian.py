"""granian: what it does otherwise than gunicorn must neither open a door nor go unsaid.

It runs what docs/how-to/gunicorn.md shows of it.
"""

import os
import re
import signal
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from carboy.testing.servers import free_port

GRANIAN = ("flask", "serve", "--server", "granian")

APP = """
import os
import time
from pathlib import Path
from flask import request
from carboy.web import public
from starter import create_app as build


def create_app():
    app = build()

    @app.get("/hold")
    @public
    def hold():
        Path("begun").write_text(str(os.getpid()))
        while not Path("go").exists():
            time.sleep(0.02)
        return "answered"

    @app.get("/header")
    @public
    def header():
        return str(request.environ.get(request.args["name"]))

    return app
"""


@pytest.fixture
def app(starter):
    (starter / "app_of_the_test.py").write_text(APP)
    return {"GUNICORN_APP": "app_of_the_test:create_app()", "GUNICORN_WORKERS": "2"}


@pytest.fixture
def refused(starter, environment):
    """Start a server that is to refuse, and give how it ended."""

    def run(**variables):
        # Its workers would outlive it, if it were killed alone for not refusing.
        there = {"cwd": starter, "env": environment | variables, "capture_output": True, "text": True}
        return subprocess.run(["timeout", "60", *GRANIAN], **there, check=False)

    return run


def test_a_worker_that_dies_takes_nobody_with_it_and_another_takes_its_place(serve, app, starter):
    with serve(*GRANIAN, **app) as server, ThreadPoolExecutor(1) as threads:
        server.wait_until(lambda: len(server.workers) == 2)
        held = threads.submit(server.get, "/hold")
        server.wait_until(lambda: (starter / "begun").exists() and (starter / "begun").read_text())
        (victim,) = server.workers - {int((starter / "begun").read_text())}
        os.kill(victim, signal.SIGKILL)
        server.wait_until(lambda: len(server.workers - {victim}) == 2)
        (starter / "go").touch()

        assert held.result()[:2] == (200, "answered")
        server.wait_until(lambda: server.get("/livez")[0] == 200)
        assert server.process.poll() is None


NEVER_MADE = """
import time


def create_app():
    print("it begins", flush=True)
    time.sleep(60)
"""


def test_a_worker_that_is_told_to_stop_while_it_makes_the_application_stops(start, starter, read_until):
    (starter / "never_made.py").write_text(NEVER_MADE)
    more = {"GUNICORN_APP": "never_made:create_app()", "GUNICORN_WORKERS": "1", "GUNICORN_PORT": str(free_port())}
    server = start(*GRANIAN, **more)
    read_until(server, "it begins")

    server.terminate()

    assert server.wait(timeout=15) == 0


def test_a_second_server_on_the_same_port_is_refused(serve, refused):
    with serve(*GRANIAN) as server:
        second = refused(GUNICORN_PORT=str(server.port))

    assert second.returncode == 1
    assert f"GUNICORN_PORT {server.port} of 127.0.0.1 cannot be opened: Address already in use." in second.stderr
    assert "Traceback" not in second.stderr


def test_settings_that_only_gunicorn_knows_are_named(serve):
    with serve(*GRANIAN, GUNICORN_RELOAD="1", GUNICORN_TIMEOUT="9", GUNICORN_THREADS="3") as server:
        named = re.search(r"granian knows no (.*?):", server.said)

    assert named
    assert named[1].split(", ") == ["GUNICORN_TIMEOUT", "GUNICORN_RELOAD"]


def test_proxies_are_believed_only_if_they_drop_underscores(serve, app, refused):
    believed = {"PROXY_FIX": "1,0,0,0,0"}

    unsaid = refused(**believed)
    with serve(*GRANIAN, "--proxy-drops-underscores", **app, **believed) as server:
        address = server.get("/header?name=REMOTE_ADDR", **{"X-Forwarded-For": "203.0.113.7"})[1]

    assert unsaid.returncode == 78
    assert "--proxy-drops-underscores" in unsaid.stderr
    assert address == "203.0.113.7"


def test_a_variable_of_the_process_is_no_header_and_hides_none(serve, app):
    with serve(*GRANIAN, **app, HTTP_PROXY="http://proxy.example.org:3128") as server:
        silent = server.get("/header?name=HTTP_PROXY")[1]
        sent = server.get("/header?name=HTTP_PROXY", Proxy="as it was sent")[1]

    assert (silent, sent) == ("None", "as it was sent")


def counted(text):
    """How many requests for /health are counted there."""
    return int(float(re.search(r'carboy_http_requests_total{.*route="/health".*} (\S+)', text)[1]))


TOKEN = "mT9-kQ4_wZ7bV2nR5x"


@pytest.mark.usefixtures("migrated")
def test_whichever_worker_is_asked_tells_the_metrics_of_all_also_after_one_has_died(serve, app):
    port, bearer = free_port(), {"Authorization": f"Bearer {TOKEN}"}

    def told():
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers=bearer)
        return {
            counted(text)
            for _ in range(6)
            for text in (server.get("/metrics", **bearer)[1], urllib.request.urlopen(asked, timeout=10).read().decode())
        }

    with serve(*GRANIAN, **app, METRICS_TOKEN=TOKEN, METRICS_PORT=str(port)) as server:
        for _ in range(10):
            server.get("/health")
        before = told()
        victim = min(server.workers)
        os.kill(victim, signal.SIGKILL)
        server.wait_until(lambda: len(server.workers - {victim}) == 2)
        server.wait_until(lambda: {server.get("/health")[0] for _ in range(10)} == {200})
        after = told()

    assert before == {10}
    assert len(after) == 1
    assert after.pop() >= 20


@pytest.mark.usefixtures("migrated")
def test_what_was_full_in_workers_that_are_gone_is_no_longer_told(serve, app):
    def kept():
        server.get("/health")  # a worker that nobody asks has no connections
        text = server.get("/metrics", Authorization=f"Bearer {TOKEN}")[1]
        found = re.search(r'carboy_database_pool_size{pool="read"} (\S+)', text)
        return found and float(found[1])

    with serve(*GRANIAN, **app, METRICS_TOKEN=TOKEN, DATABASE_POOL_SIZE="3") as server:
        server.wait_until(lambda: kept() == 6)
        old = server.workers
        os.kill(server.process.pid, signal.SIGHUP)
        server.wait_until(lambda: len(server.workers) == 2 and server.workers.isdisjoint(old))

        server.wait_until(lambda: kept() == 6)


@pytest.mark.usefixtures("migrated")
def test_a_port_for_metrics_that_is_taken_is_refused(serve, refused):
    with serve(*GRANIAN) as server:
        second = refused(METRICS_PORT=str(server.port), GUNICORN_PORT=str(free_port()))

    assert second.returncode == 1
    assert f"METRICS_PORT {server.port} of 127.0.0.1 cannot be opened: Address already in use." in second.stderr
