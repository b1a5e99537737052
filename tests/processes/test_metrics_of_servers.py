"""Metrics of several workers: whichever is asked tells of all, and what a dead one has counted stays."""

import os
import random
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from listening import Raw
from prometheus_client.parser import text_string_to_metric_families

from carboy.testing.servers import free_port

TOKEN = "mT9-kQ4_wZ7bV2nR5x"
BEARER = {"Authorization": f"Bearer {TOKEN}"}

# A path, the pattern that it has, and what is answered.
ASKED = {
    "/": ("/", 200),
    "/livez": (None, 200),  # the probes are not counted
    "/health": ("/health", 200),
    "/api/v1/calculator/add?a=1&b=2": ("/api/v1/calculator/add", 200),
    "/api/v1/calculator/divide?a=1&b=0": ("/api/v1/calculator/divide", 422),
    "/api/v1/todos": ("/api/v1/todos", 401),
    "/no-such-page": ("unmatched", 404),
    "/wp-admin/setup.php": ("unmatched", 404),
    "/reset/s3cret-token-of-somebody/x": ("unmatched", 404),
}


def told(text):
    """The samples, by name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def requests_in(samples):
    """The requests that were counted, by pattern and status."""
    found = Counter()
    for (name, *labels), value in samples.items():
        if name == "carboy_http_requests_total":
            found[dict(labels)["route"], int(dict(labels)["status"])] += int(value)
    return found


class Load:
    """Asks, and counts for itself what was answered."""

    def __init__(self, server):
        self._server = server
        self.answered = Counter()

    def ask(self, times):
        paths = random.choices(list(ASKED), k=times)
        with ThreadPoolExecutor(8) as threads:
            for path, status in zip(paths, threads.map(lambda path: self._server.get(path)[0], paths), strict=True):
                route, expected = ASKED[path]
                assert status == expected, path
                if route is not None:
                    self.answered[route, status] += 1


@pytest.fixture
def metrics(serve):
    """Two workers with a token; how to ask them."""
    with serve("gunicorn", GUNICORN_WORKERS="2", METRICS_TOKEN=TOKEN, API_RATE_LIMIT="none") as server:
        yield server


def ask(server):
    status, text, _ = server.get("/metrics", **BEARER)
    assert status == 200
    return told(text)


def workers_of(server):
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return set(map(int, children.split()))


@pytest.mark.usefixtures("migrated")
def test_what_is_counted_is_what_was_asked_also_after_a_worker_was_killed(metrics):
    load = Load(metrics)

    load.ask(300)
    before = [ask(metrics) for _ in range(8)]  # of both workers
    (victim, *others) = workers_of(metrics)
    os.kill(victim, signal.SIGKILL)
    metrics.wait_until(lambda: len(workers_of(metrics) - {victim}) == 2)
    first = load.answered.copy()
    after_the_death = requests_in(ask(metrics))
    load.ask(300)
    in_the_end = ask(metrics)

    assert others
    assert all(requests_in(samples) == first for samples in before)
    assert after_the_death == first
    assert requests_in(in_the_end) == load.answered
    timed = sum(value for (name, *_), value in in_the_end.items() if name == "carboy_http_request_seconds_count")
    assert timed == load.answered.total()
    assert in_the_end[("carboy_http_requests_in_flight",)] == 0


@pytest.mark.usefixtures("migrated")
def test_open_sockets_of_all_workers_are_told_while_they_are_open(metrics):
    address = f"http://127.0.0.1:{metrics.port}"

    opened = [Raw(address) for _ in range(3)]
    metrics.wait_until(lambda: ask(metrics)[("carboy_sockets_open",)] == 3)
    opened.pop().close()
    metrics.wait_until(lambda: ask(metrics)[("carboy_sockets_open",)] == 2)

    for one in opened:
        one.close()


HANG = """

_register = register


def register(app, api):
    import time
    from carboy.web import public
    _register(app, api)
    app.add_url_rule("/hang", "hang", public(lambda: time.sleep(60)))
"""


@pytest.mark.long
@pytest.mark.usefixtures("migrated")
def test_a_request_that_died_with_its_worker_is_not_under_way_for_ever(serve, starter):
    with (starter / "starter" / "home" / "__init__.py").open("a") as home:
        home.write(HANG)
    with serve("gunicorn", GUNICORN_WORKERS="1", METRICS_TOKEN=TOKEN, GUNICORN_THREADS="4") as server:
        with ThreadPoolExecutor(1) as threads:
            hanging = threads.submit(server.get, "/hang")
            server.wait_until(lambda: ask(server)[("carboy_http_requests_in_flight",)] == 1)
            (victim,) = workers_of(server)
            os.kill(victim, signal.SIGKILL)
            assert hanging.exception(20) is not None
        server.wait_until(lambda: workers_of(server) - {victim} and server.get("/livez")[0] == 200)

        assert ask(server)[("carboy_http_requests_in_flight",)] == 0


@pytest.mark.long
@pytest.mark.usefixtures("migrated")
def test_a_server_begins_at_nothing_goes_on_when_told_to_read_its_settings_and_leaves_nothing_behind(serve, tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    variables = {"TMPDIR": str(folder), "METRICS_TOKEN": TOKEN, "GUNICORN_WORKERS": "1"}
    for _ in range(2):  # the second time there may be files of the first
        with serve("gunicorn", **variables) as server:
            assert requests_in(ask(server)).total() == 0
            server.get("/")
            (old,) = workers_of(server)
            os.kill(server.process.pid, signal.SIGHUP)
            server.wait_until(lambda old=old: workers_of(server) and old not in workers_of(server))
            server.get("/")
            assert requests_in(ask(server)) == {("/", 200): 2}
            os.kill(server.process.pid, signal.SIGTERM)
            assert server.process.wait(15) == 0
        assert not list(folder.glob("carboy-metrics-*"))


def fetch(port, path="/metrics"):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


@pytest.mark.long
@pytest.mark.usefixtures("migrated")
def test_a_port_of_its_own_tells_metrics_and_nothing_else(serve):
    port = free_port()
    with serve("gunicorn", GUNICORN_WORKERS="2", METRICS_PORT=str(port)) as server:
        for _ in range(10):
            server.get("/health")
        counted = [requests_in(told(fetch(port)[1])) for _ in range(6)]

        assert counted == [{("/health", 200): 10}] * 6
        assert fetch(port, "/")[0] == 404
        assert server.get("/metrics")[0] == 404


def wait_for_metrics(port, condition):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if condition(samples := told(fetch(port)[1])):
                return samples
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(fetch(port)[1])


@pytest.mark.long
@pytest.mark.usefixtures("migrated")
def test_a_worker_of_jobs_and_a_scheduler_tell_theirs(serve, start):
    ports = free_port(), free_port()
    with serve("gunicorn", METRICS_TOKEN=TOKEN, GUNICORN_WORKERS="1") as server:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{server.port}/api/v1/demo/counts", b"", {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked) as answer:
            assert answer.status == 202
        waiting = ask(server)
        start("flask", "worker", METRICS_PORT=str(ports[0]))
        start("flask", "scheduler", METRICS_PORT=str(ports[1]))

        running = wait_for_metrics(ports[0], lambda samples: samples.get(_step("queued", "running")) == 1)
        scheduled = wait_for_metrics(ports[1], bool)

    assert waiting[("carboy_jobs", ("queue", "default"), ("state", "queued"))] == 1
    assert waiting[("carboy_jobs_due", ("queue", "default"))] == 1
    assert waiting[("carboy_jobs_oldest_due_seconds", ("queue", "default"))] >= 0
    assert waiting[_step("", "queued")] == 1
    assert running[("process_resident_memory_bytes",)] > 0
    assert scheduled[("carboy_database_reachable",)] == 1


def _step(before, now):
    job = "starter.home.jobs.count_to_a_hundred"
    return "carboy_job_steps_total", ("before", before), ("job", job), ("now", now)


@pytest.mark.long
@pytest.mark.usefixtures("migrated")
def test_a_port_that_is_taken_is_refused_in_a_sentence(starter, environment, serve):
    with serve("gunicorn") as server:
        taken = environment | {"METRICS_PORT": str(server.port), "GUNICORN_PORT": str(free_port())}
        for command in (["flask", "worker"], ["gunicorn"]):
            there = {"cwd": starter, "env": taken, "capture_output": True, "text": True}
            ended = subprocess.run(command, timeout=60, check=False, **there)

            assert ended.returncode != 0
            assert f"METRICS_PORT {server.port} of 127.0.0.1 cannot be opened" in ended.stderr
            assert "Traceback" not in ended.stderr
