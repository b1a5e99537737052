"""A server that stops, or changes its workers, loses nobody."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress

import pytest
from listening import Raw, as_soon_as_it_can

SLOW = """
import time
from pathlib import Path
from flask import request
from carboy.web import public
from starter import create_app as build


def create_app():
    app = build()

    @app.get("/slow")
    @public
    def slow():
        time.sleep(float(request.args["seconds"]))
        return "answered"

    @app.get("/held")
    @public
    def held():
        with open("begun", "a") as begun:
            begun.write("!")
        while not Path("go").exists():
            time.sleep(0.02)
        return "answered"

    return app
"""


@pytest.fixture
def slow(starter):
    (starter / "slow.py").write_text(SLOW)
    return {"GUNICORN_APP": "slow:create_app()", "GUNICORN_THREADS": "12"}


def status_of(server, path="/readyz"):
    try:
        return server.get(path)[:2]
    except OSError:
        return None


@pytest.mark.usefixtures("migrated")
def test_readiness_goes_first_then_what_was_under_way_is_answered_and_sockets_are_told(serve, slow, starter):
    with serve("gunicorn", **slow) as server, ThreadPoolExecutor(8) as threads, ExitStack() as opened:
        sockets = [
            opened.enter_context(closing(as_soon_as_it_can(lambda: Raw(f"http://127.0.0.1:{server.port}"))))
            for _ in range(100)
        ]
        answers = [threads.submit(server.get, "/held") for _ in range(8)]
        server.wait_until(lambda: len((starter / "begun").read_text()) == 8)
        os.kill(server.process.pid, signal.SIGTERM)
        server.wait_until(lambda: status_of(server) == (503, "draining\n"))
        alive = status_of(server, "/livez")
        codes = {one.close_code() for one in sockets}
        began = time.monotonic()
        (starter / "go").touch()
        told = {answer.result()[:2] for answer in answers}
        code = server.process.wait(timeout=15)
        seconds = time.monotonic() - began

    assert alive == (200, "ok\n")
    assert told == {(200, "answered")}
    assert codes == {1001}
    assert code == 0
    assert seconds < 5


@pytest.mark.usefixtures("migrated")
def test_a_server_that_stops_takes_requests_for_as_long_as_it_is_told(serve):
    with serve("gunicorn", GUNICORN_DRAIN_SECONDS="4") as server:
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.wait_until(lambda: status_of(server) == (503, "draining\n"))
        page = server.get("/")[0]
        code = server.process.wait(timeout=15)
        seconds = time.monotonic() - began

    assert (page, code) == (200, 0)
    assert seconds >= 4


class Switch:
    """A balancer: it sends each connection to one of the servers that say they are ready."""

    def __init__(self):
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self._listening.getsockname()[1]
        self.ready, self.servers = [], {}
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._look, self._accept)]
        for thread in self._threads:
            thread.start()

    def add(self, server):
        self.servers[server.port] = server

    def is_sending_to(self, server):
        return server.port in self.ready

    def _look(self):
        while not self._ends.wait(0.1):
            found = {port: status_of(server) for port, server in list(self.servers.items())}
            self.ready = [port for port, status in found.items() if status and status[0] == 200]

    def _accept(self):
        turns = 0
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                ready, turns = self.ready, turns + 1
                threading.Thread(target=self._carry, args=(connection, ready[turns % len(ready)]), daemon=True).start()

    def _carry(self, ours, port):
        with ours, suppress(OSError), socket.create_connection(("127.0.0.1", port)) as theirs:
            theirs.sendall(ours.recv(65536))
            while data := theirs.recv(65536):
                ours.sendall(data)

    def close(self):
        self._ends.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(5)


class Callers:
    """Some who ask again and again, each on a new connection, and what became of it."""

    def __init__(self, port, threads=4):
        self.answers, self._port, self._ends = [], port, threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _ask(self):
        while not self._ends.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
            try:
                connection.request("GET", "/slow?seconds=0.02", headers={"Connection": "close"})
                self.answers.append(connection.getresponse().read())
            except (OSError, http.client.HTTPException) as error:
                self.answers.append(error)
            finally:
                connection.close()

    def stop(self):
        self._ends.set()
        for thread in self._threads:
            thread.join(30)
        return self.answers


@pytest.mark.long
@pytest.mark.usefixtures("migrated")
def test_two_servers_changed_one_after_the_other_lose_no_request(serve, slow):
    slow["GUNICORN_DRAIN_SECONDS"] = "1"
    with ExitStack() as running, closing(Switch()) as switch:
        for _ in range(2):
            switch.add(running.enter_context(serve("gunicorn", **slow)))
        first, second = switch.servers.values()
        first.wait_until(lambda: len(switch.ready) == 2)
        callers = Callers(switch.port)
        for old in (first, second):
            new = running.enter_context(serve("gunicorn", **slow))
            switch.add(new)
            new.wait_until(lambda new=new: switch.is_sending_to(new))
            os.kill(old.process.pid, signal.SIGTERM)
            assert old.process.wait(timeout=20) == 0
        answers = callers.stop()

    assert len(answers) > 100
    assert [answer for answer in answers if answer != b"answered"] == []


@pytest.mark.long
@pytest.mark.usefixtures("migrated")
def test_new_workers_on_sighup_lose_no_request_and_are_ready_all_the_time(serve, slow):
    ready = []

    def are_new(old):
        ready.append(status_of(server))
        return len(server.workers) == 2 and server.workers.isdisjoint(old)

    with serve("gunicorn", **slow) as server:
        callers = Callers(server.port)
        for _ in range(3):
            old = server.workers
            os.kill(server.process.pid, signal.SIGHUP)
            server.wait_until(lambda old=old: are_new(old))
        answers = callers.stop()

    assert len(answers) > 100
    assert [answer for answer in answers if answer != b"answered"] == []
    assert set(ready) == {(200, "ready\n")}


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_servers_of_eight_workers_start_at_once_on_one_database_and_write_nothing(
    serve, starter, environment, new_database, kind
):
    variables = {"DATABASE_URL": new_database(kind), "GUNICORN_WORKERS": "8"}
    subprocess.run(["flask", "db", "upgrade"], cwd=starter, env=environment | variables, check=True)
    before = written(variables["DATABASE_URL"])

    with ExitStack() as running, ThreadPoolExecutor(2) as both:
        starts = [both.submit(running.enter_context, serve("gunicorn", **variables)) for _ in range(2)]
        starting = [start.result() for start in starts]
        statuses = {status_of(server) for server in starting for _ in range(16)}
        said = "".join(server.said for server in starting)

    assert statuses == {(200, "ready\n")}
    assert set(Counter(re.findall(r"Booting worker with pid: \d+", said)).values()) == {2}  # one log, read twice
    assert said.count("Booting worker") == 2 * 16
    assert not [word for word in ("Traceback", "ERROR", '"error"') if word in said]
    assert written(variables["DATABASE_URL"]) == before


def written(url):
    """Every row that there is."""
    from sqlalchemy import inspect, text

    from carboy.data import Database
    from carboy.data.scope import Kind

    database = Database(url)
    with database.engine(Kind.READ).connect() as connection:
        tables = sorted(inspect(connection).get_table_names())
        rows = {name: sorted(map(str, connection.execute(text(f'SELECT * FROM "{name}"')))) for name in tables}
    database.close()
    return rows


DEPLOYED = {
    "FLASK_ENV": "production",
    "SECRET_KEY": "Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH",
    "JWT_SECRET_KEY": "aB9-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV",
    "APP_BASE_URL": "https://shop.example.org",
    "TRUSTED_HOSTS": "shop.example.org,127.0.0.1",
    "PROXY_FIX": "1,1,0,0,0",
    "MAIL_URL": "smtp://mail.example.org",
    "ALLOW_SQLITE_IN_PRODUCTION": "yes",
}
ADD_ADMIN = """
from starter import create_app
from carboy.accounts.flask import accounts_of
from carboy.context import utc_now
room = accounts_of(create_app())
with room.database.transaction() as session:
    values = {"email": "root@example.org", "email_normalized": "root@example.org", "role": "admin"}
    session.add(room.user(**values, password_hash=room.hasher.hash("changeme"), confirmed_at=utc_now()))
"""


@pytest.mark.parametrize(
    "command",
    [
        ("gunicorn",),
        ("sh", "-c", "echo preload_app = False >> gunicorn.conf.py; exec gunicorn"),
        ("flask", "serve", "--server", "granian", "--proxy-drops-underscores"),
    ],
    ids=["gunicorn", "gunicorn, not preloaded", "granian"],
)
def test_an_admin_whose_password_everybody_knows_stops_a_deployed_start_with_78(starter, environment, command):
    there = {"cwd": starter, "env": environment | DEPLOYED, "capture_output": True, "text": True}
    subprocess.run(["flask", "db", "upgrade"], **there, check=True)
    subprocess.run([sys.executable, "-c", ADD_ADMIN], **there, check=True)

    refused = subprocess.run(command, **there, timeout=60)

    assert refused.returncode == 78
    assert "accounts.known-password" in refused.stderr
    assert "changeme" not in refused.stderr
