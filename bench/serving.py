"""What workers and threads bring: requests a second, and how long they take, with idle sockets and without.

    python -m bench.serving [SECONDS] [ROUNDS] [SERVER …]

All are measured in turn, round after round, so that other work of the machine hits them alike; shown are medians. For
each number of workers and threads it starts `flask serve` with the starter on a new SQLite file, and asks by CALLERS
connections for a page, an API's list, the twenty todos of somebody who is signed in, and /health. CPU is that of all
its processes, for each request.
"""

import http.client
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from websocket import WebSocket, create_connection

from carboy.testing.servers import free_port, wait_for_port

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTER = Path(__file__).parent.parent / "starter"
ASKED = {"page": "/", "API": "/api/v1/foss", "todos": "/api/v1/todos?limit=20", "health": "/health"}
ADA = {"email": "ada@example.com", "password": "seventeen green umbrellas sing"}
CALLERS = 16
WORKERS, THREADS, SOCKETS = (1, 2, 4), (2, 4, 8), (0, 200)
TICKS = os.sysconf("SC_CLK_TCK")


class Figures(NamedTuple):
    """What was measured at a time."""

    per_second: float
    middle_ms: float
    slow_ms: float
    cpu_ms: float


def main(seconds: float, rounds: int, servers: list[str]) -> None:
    """Print a line of Markdown for each."""
    found: defaultdict[tuple[object, ...], list[Figures]] = defaultdict(list)
    for _ in range(rounds):
        for server, workers, threads in itertools.product(servers, WORKERS, THREADS):
            for key, figures in _round(server, workers, threads, seconds):
                found[key].append(figures)
    print("| server | workers | threads | sockets | what | requests/s | p50 ms | p99 ms | CPU ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    for key, measured in found.items():
        per_second, middle, slow, cpu = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"| {' | '.join(map(str, key))} | {per_second:.0f} | {middle:.1f} | {slow:.1f} | {cpu:.2f} |")


def _round(server: str, workers: int, threads: int, seconds: float) -> "Iterator[tuple[tuple[object, ...], Figures]]":
    with serving(server, workers, threads) as (port, group):
        token = sign_in(port)
        for sockets in SOCKETS if server == "gunicorn" else (0,):
            held = [opened(f"http://127.0.0.1:{port}", token) for _ in range(sockets)]
            for what, path in ASKED.items():
                yield (server, workers, threads, sockets, what), _measure(port, group, path, token, seconds)
            for socket in held:
                socket.close()


@contextmanager
def serving(server: str, workers: int, threads: int, **more: object) -> "Iterator[tuple[int, int]]":
    """Serve the starter; yield its port and the first of its processes."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        said = {"GUNICORN_PORT": port, "GUNICORN_WORKERS": workers, "GUNICORN_THREADS": threads, "FLASK_APP": "starter"}
        said |= {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite", "API_RATE_LIMIT": "none", "LOG_LEVEL": "WARNING"}
        said |= {
            "SECRET_KEY": "x" * 40,
            "JWT_SECRET_KEY": "y" * 40,
            "FLASK_SKIP_DOTENV": 1,
            "AUTH_THROTTLING": "no",
        } | more
        environment = {**os.environ, **{name: str(value) for name, value in said.items()}}
        there = {"cwd": STARTER, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        flask = str(Path(sys.executable).with_name("flask"))
        subprocess.run([flask, "db", "upgrade"], check=True, **there)  # type: ignore[call-overload]
        process = subprocess.Popen([flask, "serve", "--server", server], start_new_session=True, **there)  # type: ignore[call-overload]
        try:
            wait_for_port(port, process)
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def sign_in(port: int) -> str:
    """Make an account with twenty todos, and return its token."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:

        def post(path: str, said: object, **headers: str) -> Any:
            connection.request("POST", path, json.dumps(said), {"Content-Type": "application/json", **headers})
            return json.load(connection.getresponse())

        post("/api/v1/users", ADA)
        token = str(post("/api/v1/tokens", ADA)["access_token"])
        for number in range(20):
            post("/api/v1/todos", {"title": f"Todo {number}"}, **_bearer(token))
    return token


def opened(address: str, token: str, room: str = "todos:mine") -> WebSocket:
    """Return a socket that listens in this room."""
    url = f"{address.replace('http', 'ws', 1)}/socket.io/?transport=websocket&EIO=4"
    socket = create_connection(url, suppress_origin=True)
    socket.recv()
    for said in (f"40{json.dumps({'token': token})}", f'420["listen","{room}"]'):
        socket.send(said)
        socket.recv()
    return socket


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _measure(port: int, group: int, path: str, token: str, seconds: float) -> Figures:
    times: list[float] = []
    _ask(port, path, token, time.monotonic() + 0.3, [])
    before, began = _cpu(group), time.monotonic()
    threads = [threading.Thread(target=_ask, args=(port, path, token, began + seconds, times)) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, cpu = time.monotonic() - began, _cpu(group) - before
    cuts = statistics.quantiles(times, n=100)
    return Figures(len(times) / took, cuts[49] * 1000, cuts[98] * 1000, cpu / len(times) * 1000)


def _ask(port: int, path: str, token: str, until: float, times: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while time.monotonic() < until:
        began = time.perf_counter()
        connection.request("GET", path, headers=_bearer(token) if "/api/" in path else {})
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{path} was answered with {answer.status}")
        times.append(time.perf_counter() - began)
    connection.close()


def _cpu(group: int) -> float:
    used = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(") ")[2].split()
            if int(fields[2]) == group:
                used += int(fields[11]) + int(fields[12])
    return used / TICKS


if __name__ == "__main__":
    said = dict(enumerate(sys.argv))
    main(float(said.get(1, 1)), int(said.get(2, 5)), sys.argv[3:] or ["gunicorn", "granian"])
