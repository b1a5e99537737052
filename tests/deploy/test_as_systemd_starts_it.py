"""What the units promise, where no systemd runs: gunicorn takes a socket that is there, says when it is ready, and
neither it nor a worker makes a system call that the units forbid.
"""

import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from artefacts import BIN, asked, tool
from deployed import unit

from carboy.testing.servers import free_port, wait_for_port

pytestmark = pytest.mark.long

HARMLESS = {"fchown"}  # of SQLite, where it is root; to others it makes no such call


@pytest.fixture
def environment(project):
    variables = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(project),
        "FLASK_APP": "starter",
        "FLASK_SKIP_DOTENV": "1",
        "GUNICORN_PORT": str(free_port()),
        "SECRET_KEY": "only-for-tests-0123456789abcdefghij",
        "JWT_SECRET_KEY": "only-for-tests-abcdefghij0123456789",
    }
    subprocess.run(["flask", "db", "upgrade"], cwd=project, env=variables, check=True, capture_output=True)
    return variables


@contextmanager
def listening():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener, f"http://127.0.0.1:{listener.getsockname()[1]}/livez"


@contextmanager
def notified(folder):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(folder / "n"))
        ear.settimeout(60)
        yield ear


@contextmanager
def started(project, environment, listener):
    """Start gunicorn as systemd does: the socket is number 3, and LISTEN_PID says for whom."""
    command = f"exec 3<&{listener.fileno()}; LISTEN_FDS=1 LISTEN_PID=$$ exec gunicorn 'starter:create_app()'"
    process = subprocess.Popen(
        ["bash", "-c", command], cwd=project, env=environment, pass_fds=[listener.fileno()], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.wait(40)


def test_visitors_wait_while_the_web_server_is_started_anew_and_none_is_turned_away(project, environment, tmp_path):
    answers = []

    def visit(address):
        with urllib.request.urlopen(address, timeout=60) as answer:
            answers.append(answer.status)

    with notified(tmp_path) as ear, listening() as (listener, address):
        told = environment | {"NOTIFY_SOCKET": str(tmp_path / "n")}
        with started(project, told, listener):
            assert b"READY=1" in ear.recv(4096)
            visit(address)
        visitor = threading.Thread(target=visit, args=[address])
        visitor.start()
        with started(project, told, listener):
            visitor.join(60)

    assert answers == [200, 200]


def calls_of(group):
    """Every system call of one of systemd's groups."""
    said = asked(tool("systemd-analyze", "apt-get install systemd"), "syscall-filter", group)[1]
    names = {line.strip() for line in said.splitlines()[1:] if line.strip() and not line.strip().startswith("#")}
    groups = {name for name in names if name.startswith("@")}
    return (names - groups).union(*map(calls_of, groups))


def allowed(project):
    first, without = unit(project, "web.service")["SystemCallFilter"]
    assert without.startswith("~")
    return (calls_of(first) - set().union(*map(calls_of, without[1:].split()))) | calls_of("@default")


@pytest.mark.parametrize("command", ["gunicorn starter:create_app()", "flask worker", "flask scheduler"])
def test_no_system_call_is_made_that_the_units_forbid(project, environment, tmp_path, command):
    trace, port = tmp_path / "trace", int(environment["GUNICORN_PORT"])
    strace = [tool("strace", "apt-get install strace"), "-f", "-qq", "-o", trace, *command.split()]
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(strace, cwd=project, env=environment, stdout=said, stderr=said)
    if command.startswith("gunicorn"):
        wait_for_port(port, process)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30).close()
    else:
        wait_until_it_says(tmp_path / "said", "Ctrl-C stops it")
    (child,) = map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
    os.kill(child, signal.SIGTERM)
    assert process.wait(60) == 0

    made = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE))

    assert len(made) > 20
    assert made - allowed(project) - HARMLESS == set()


def wait_until_it_says(log, words):
    deadline = time.monotonic() + 60
    while words not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
