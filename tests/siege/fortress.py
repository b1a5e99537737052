"""The starter as it is deployed: gunicorn with two workers, PostgreSQL, Redis; met by its port, from outside."""

import http.client
import itertools
import os
import random
import re
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from forwarding import Forwarding

from carboy.accounts import sessions
from carboy.accounts.flask import accounts_of
from carboy.accounts.hashing import Hasher
from carboy.accounts.room import HERE
from carboy.accounts.table import Kind
from carboy.context import utc_now
from carboy.testing.servers import START_PATIENCE_SECONDS, free_port, wait_for_port
from starter import create_app
from starter.settings import Settings

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 10  # a request that takes longer hangs
WORKS = "runs jobs of"  # among the first words of a worker
PASSWORD = "seventeen green umbrellas sing"
COUNTED = re.compile(r'^carboy_http_requests_total\{method="(.*?)",route="(.*?)",status="(\d+)"\} (\S+)$', re.MULTILINE)


class Fortress:
    """What is attacked, and what can be seen of it from its walls: what it answered, what it holds, who is in it."""

    def __init__(self, folder, database_url, redis_url, **variables):
        self.folder, self.port = folder, 0
        (folder / "files").mkdir(exist_ok=True)
        self._servers, self._worker, self._others = {}, None, []
        self._metrics_token = secrets.token_hex(16)
        self.environment = {
            "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder), "FLASK_SKIP_DOTENV": "1",
            "FLASK_APP": "starter", "FLASK_ENV": "production",
            "SECRET_KEY": secrets.token_hex(32), "JWT_SECRET_KEY": secrets.token_hex(32),
            "APP_BASE_URL": "https://localhost", "TRUSTED_HOSTS": "localhost,127.0.0.1", "PROXY_FIX": "0,1,0,0,0",
            "DATABASE_URL": database_url, "REDIS_URL": redis_url, "FILES_STORE": "folder",
            "FILES_DIR": str(folder / "files"),
            "ALLOW_SQLITE_IN_PRODUCTION": "1", "GUNICORN_WORKERS": "2",
            "GUNICORN_THREADS": "4", "METRICS_TOKEN": self._metrics_token, "API_RATE_LIMIT": "100000000/minute",
            "LOG_LEVEL": "WARNING", **variables,
        }  # fmt: skip
        self.app = self.make_app()
        self._hash = Hasher().hash(PASSWORD)
        self._numbers = itertools.count(1)

    def make_app(self):
        """Make the application once more: it shares database and secrets with those who answer."""
        return create_app(Settings.load(root=self.folder, environ=self.environment))

    def open(self):
        """Make the tables, start a server, and have `app` ask it instead of itself."""
        self.command("flask", "db", "upgrade")
        self.port = self.serve()
        self.app.wsgi_app = Forwarding(self.port)

    def serve(self, folder=ROOT / "starter", **variables):
        """Start a server on a port of its own, and return that."""
        port = free_port()
        server = self._run("flask", "serve", folder=folder, GUNICORN_PORT=str(port), **variables)
        self._others.append(server)  # to be ended, whether or not it ever listens
        wait_for_port(port, server)
        self._servers[port] = server
        return port

    def start_worker(self):
        """Have jobs done, and return once they are: whoever is still beginning does not survive every fault."""
        before = self.said.count(WORKS)
        self._worker = self._run("flask", "worker")
        until = time.monotonic() + START_PATIENCE_SECONDS
        while self.said.count(WORKS) == before:
            assert time.monotonic() < until, self.said[-5000:]
            assert self._worker.poll() is None, self.said[-5000:]
            time.sleep(0.05)

    def start_scheduler(self):
        """Have done what the clock says."""
        self._others.append(self._run("flask", "scheduler"))

    def kill_worker(self):
        """Kill whoever does jobs."""
        os.killpg(self._worker.pid, signal.SIGKILL)
        self._worker.wait()

    def workers(self):
        """Return the processes that answer."""
        children = (Path(f"/proc/{server.pid}/task/{server.pid}/children") for server in self._servers.values())
        return [int(number) for path in children for number in path.read_text().split()]

    def close(self):
        """End all of it."""
        accounts_of(self.app).database.close()
        for process in [*self._others, *([self._worker] if self._worker else [])]:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def command(self, *words, folder=ROOT / "starter"):
        """Run a command in the starter's folder, and return what it says."""
        done = subprocess.run(words, cwd=folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _run(self, *words, folder=ROOT / "starter", **variables):
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                words, cwd=folder, env=self.environment | variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    # -- who is in it -------------------------------------------------------------------------------------

    def sign_in(self, role="user", kind="api"):
        """Make somebody, and return a token of theirs."""
        room = accounts_of(self.app)
        with room.database.transaction() as session:
            held = sessions.begin(room, session, self._add(session, role), kind=Kind(kind), caller=HERE)
        return held.access_token if kind == "jwt" else held.session_token

    def enrol(self, role="user"):
        """Make somebody who signs in by the address that this returns, and PASSWORD."""
        with accounts_of(self.app).database.transaction() as session:
            return self._add(session, role).email

    def _add(self, session, role):
        address, known = f"{role}{next(self._numbers)}@example.com", {"password_hash": self._hash, "role": role}
        user = accounts_of(self.app).user(email=address, email_normalized=address, confirmed_at=utc_now(), **known)
        session.add(user)
        session.flush()
        return user

    # -- what can be seen of it ---------------------------------------------------------------------------

    def ask(self, method, path, body=None, **headers):
        """Return status and content of the answer; where there are several servers, any of them is asked."""
        port = random.choice([*self._servers])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body, {"X-Forwarded-Proto": "https", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def warm_up(self):
        """Have every thread of every worker do what it does first: what they hold from then on is what may grow."""
        pages = ("/", "/login", "/api/v1/foss", "/api/v1/openapi.json", "/nowhere") * 40
        with ThreadPoolExecutor(8) as visitors:
            list(visitors.map(lambda page: self.ask("GET", page), pages))

    def answered(self):
        """Count what was answered so far: by method, route and status."""
        status, said = self.ask("GET", "/metrics", Authorization=f"Bearer {self._metrics_token}")
        assert status == 200, said
        found = COUNTED.findall(said.decode())
        return Counter({(method, route, int(status)): int(float(count)) for method, route, status, count in found})

    def descriptors_and_threads(self):
        """Return how many its processes have, those that answer."""
        places = [Path(f"/proc/{number}") for number in self.workers()]
        return [sum(len(list((place / what).iterdir())) for place in places) for what in ("fd", "task")]

    def megabytes(self):
        """Return what its processes hold, shared pages counted once."""
        held, groups = [], {server.pid for server in self._servers.values()}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                if int(stat.read_text().rpartition(") ")[2].split()[2]) in groups:
                    lines = (stat.parent / "smaps_rollup").read_text().splitlines()
                    held.append(sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")))
        return sum(held) / 1024

    def is_well(self, within=PATIENCE_SECONDS):
        """Whether it is ready again before long."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            with suppress(OSError, http.client.HTTPException):
                if self.ask("GET", "/readyz")[0] == 200:
                    return True
            time.sleep(0.05)
        return False

    def wait_for_jobs(self, callers, patience=60):
        """Wait until every job that was accepted has ended."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if set(callers.states_of_jobs()) <= {"done", "failed"}:
                return
            time.sleep(0.2)

    @property
    def on_what(self):
        """What a table says of it, where it does not stand on PostgreSQL."""
        return ", SQLite" if self.environment["DATABASE_URL"].startswith("sqlite") else ""

    @property
    def said(self):
        """What it has written into its log."""
        return (self.folder / "server.log").read_text(errors="replace")
