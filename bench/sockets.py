"""What sockets cost: memory and threads of a worker, the answers of /health beside them, an event to all of them.

    python -m bench.sockets [SOCKETS [FILE]]

One worker of gunicorn serves the starter on a new SQLite file. Somebody opens so many sockets, which listen to their
todos; half a minute later they make a todo, fifteen times, and what is timed is how long until the last one has heard
it, from when it was sent and from when it was answered. Whoever asks shares the machine. Memory is resident, in MB.
"""

import http.client
import json
import resource
import selectors
import statistics
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from bench.serving import opened, serving, sign_in
from bench.versus.tables import row
from websocket import WebSocket, WebSocketConnectionClosedException

HEALTH_REQUESTS = 200
SETTLE_SECONDS = 30  # by then each socket has been asked for a sign of life
EVENTS = 15


class Seen(NamedTuple):
    """A worker, as it is at a moment."""

    megabytes: float
    threads: int
    middle_ms: float
    slow_ms: float


def main(count: int) -> str:
    """Return the figures without sockets, and with them, as a table."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4 * count + 1000,) * 2)
    with serving("gunicorn", 1, 4, LIVE_SOCKETS=count) as (port, master):
        token = sign_in(port)
        before = _look(port, master)
        sockets = [opened(f"http://127.0.0.1:{port}", token) for _ in range(count)]
        heard: list[float] = []
        threading.Thread(target=_answer, args=(sockets, heard), daemon=True).start()
        time.sleep(SETTLE_SECONDS)
        after = _look(port, master)
        times = [_event(port, token, heard, count) for _ in range(EVENTS)]
    sent, answered = (sorted(column) for column in zip(*times, strict=True))
    lines = [row(["", "without", f"with {count:,} sockets"]), row(["---"] * 3)]
    lines += [
        row(["memory of the worker, MB", f"{before.megabytes:.0f}", f"{after.megabytes:.0f}"]),
        row(["its threads", str(before.threads), str(after.threads)]),
        row(
            [
                "`/health`: median, 99 %",
                *(f"{seen.middle_ms:.1f} ms, {seen.slow_ms:.1f} ms" for seen in (before, after)),
            ]
        ),
        row(["from a todo that is sent to the last socket that hears of it", "", _spread(sent)]),
        row(["from its answer to the last socket", "", _spread(answered)]),
    ]
    return "\n".join(lines)


def _spread(found: list[float]) -> str:
    return f"{statistics.median(found):.0f} ms ({found[0]:.0f} to {found[-1]:.0f})"


def _look(port: int, master: int) -> Seen:
    found = subprocess.run(["pgrep", "-P", str(master)], capture_output=True, text=True, check=True)  # noqa: S607
    worker = max(map(int, found.stdout.split()))
    lines = Path(f"/proc/{worker}/status").read_text().splitlines()
    said = {name: value.split()[0] for name, _, value in (line.partition(":") for line in lines) if value.strip()}
    return Seen(int(said["VmRSS"]) / 1024, int(said["Threads"]), *_health(port))


def _health(port: int) -> tuple[float, float]:
    times = []
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        for _ in range(HEALTH_REQUESTS):
            began = time.perf_counter()
            connection.request("GET", "/health")
            connection.getresponse().read()
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


def _answer(sockets: list[WebSocket], heard: list[float]) -> None:
    """Answer signs of life, and note when an event comes."""
    ready = selectors.DefaultSelector()
    for socket in sockets:
        ready.register(socket.sock, selectors.EVENT_READ, socket)
    with suppress(WebSocketConnectionClosedException):  # the worker is gone, and all is measured
        while True:
            for key, _ in ready.select():
                if key.data.recv() == "2":
                    key.data.send("3")
                else:
                    heard.append(time.perf_counter())


def _event(port: int, token: str, heard: list[float], count: int) -> tuple[float, float]:
    """Make a todo; return the milliseconds until the last socket heard of it, since it was sent, and answered."""
    heard.clear()
    began = time.perf_counter()
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/api/v1/todos", json.dumps({"title": "To be heard"}), headers)
        connection.getresponse().read()
    answered = time.perf_counter()
    while len(heard) < count:
        time.sleep(0.002)
    return (max(heard) - began) * 1000, max((max(heard) - answered) * 1000, 0)


if __name__ == "__main__":
    told = main(int(sys.argv[1]) if sys.argv[1:] else 1000)
    print(told)
    if sys.argv[2:]:
        Path(sys.argv[2]).write_text(told + "\n")
