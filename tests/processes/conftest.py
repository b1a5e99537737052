"""Real processes: the starter as people run it."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from carboy.testing.servers import free_port, wait_for_port

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="session", autouse=True)
def interruptible():
    """Have Ctrl-C end what is started here: a shell has what it starts in the background ignore it, and all below."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def starter(tmp_path):
    """A copy of the starter, so that a test may change files and leave its database behind."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "starter", folder, ignore=shutil.ignore_patterns("instance", "__pycache__", ".env.d"))
    return folder


@pytest.fixture
def environment():
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
        "FLASK_APP": "starter",
        "FLASK_SKIP_DOTENV": "1",
        "SECRET_KEY": "only-for-tests-0123456789abcdefghij",
        "JWT_SECRET_KEY": "only-for-tests-abcdefghij0123456789",
    }


@pytest.fixture
def migrated(starter, environment):
    """The starter with its database made."""
    subprocess.run(["flask", "db", "upgrade"], cwd=starter, env=environment, check=True, capture_output=True)


@pytest.fixture
def serve(starter, environment):
    """Start a command in the starter's folder, and give its port once it answers."""

    @contextmanager
    def start(*command, **variables):
        port = free_port()
        words = [word.format(port=port) for word in command]
        with (starter / "server.log").open("ab") as log:
            process = subprocess.Popen(
                words,
                cwd=starter,
                env=environment | {"PORT": str(port), "GUNICORN_PORT": str(port)} | variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for_port(port, process)
            yield Server(port, process, starter / "server.log")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    return start


@pytest.fixture
def server_at():
    """Wrap a process that some other way was started."""
    return Server


class Server:
    """A process that listens."""

    def __init__(self, port, process, log):
        self.port, self.process, self._log = port, process, log

    @property
    def said(self):
        return self._log.read_text()

    @property
    def workers(self):
        """The numbers of its processes."""
        return set(map(int, Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()))

    def get(self, path, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        opener = urllib.request.build_opener(_Stay)
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers

    def send(self, request, *, hang_up=True):
        """Send these bytes, say that no more will come, and return the answer's."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def wait_until(self, condition, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        raise AssertionError(f"It never came true. The server said:\n{self.said}")

    def end(self, number):
        """Send the signal as a terminal does: to every process in it."""
        os.killpg(self.process.pid, number)
        return self.process.wait(timeout=15)

    def port_is_free(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@pytest.fixture
def start(starter, environment):
    """Start a command in the starter's folder; it is killed when the test ends."""
    started = []

    def popen(*command, **variables):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        started.append(subprocess.Popen(command, cwd=starter, env=environment | variables, **pipes))
        return started[-1]

    yield popen
    for one in started:
        one.kill()
        one.wait()
        one.stdout.close()


@pytest.fixture
def read_until():
    """Read what a process says until a line holds these words, and give the lines."""

    def read(process, words):
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if words in line:
                return lines
        raise AssertionError("\n".join(lines))

    return read
