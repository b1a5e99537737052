"""What idle sockets cost: memory and threads of a worker, the answers of /health beside them, an event to all of them.

    python -m bench.sockets ADDRESS PID_OF_GUNICORN [SOCKETS]

The address is that of one worker with `tests/live/sample/live_shop.py`, started with LIVE_SOCKETS=1000 and
API_RATE_LIMIT=100000/minute. Memory is the worker's resident memory, in MiB.
"""

import http.client
import json
import selectors
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websocket import WebSocket, create_connection

ADA = {"email": "ada@example.com", "password": "seventeen green umbrellas sing"}
HEALTH_REQUESTS = 200
SETTLE_SECONDS = 30  # by then each socket has been asked for a sign of life


def main(address: str, master: int, count: int) -> None:
    """Print the figures without sockets, and with them."""
    posted(address, "/api/v1/users", ADA)
    token = json.load(posted(address, "/api/v1/tokens", ADA))["access_token"]
    _health(address)
    _show("without", address, master)
    sockets = [opened(address, token) for _ in range(count)]
    heard: list[float] = []
    threading.Thread(target=_answer, args=(sockets, heard), daemon=True).start()
    time.sleep(SETTLE_SECONDS)
    _show(f"with {count}", address, master)
    for _ in range(5):
        print(f"an event heard by {count} after {_event(address, heard, count):.0f} ms")


def _show(what: str, address: str, master: int) -> None:
    memory, threads = _worker(master)
    middle, slow = _health(address)
    print(f"{what:>12}: {memory:.0f} MiB, {threads} threads, /health {middle:.1f} ms, 99 % {slow:.1f} ms")


def _worker(master: int) -> tuple[float, int]:
    found = subprocess.run(["pgrep", "-P", str(master)], capture_output=True, text=True, check=True)  # noqa: S607
    lines = Path(f"/proc/{found.stdout.split()[0]}/status").read_text().splitlines()
    said = {name: value.split()[0] for name, _, value in (line.partition(":") for line in lines) if value.strip()}
    return int(said["VmRSS"]) / 1024, int(said["Threads"])


def _health(address: str) -> tuple[float, float]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    times = []
    for _ in range(HEALTH_REQUESTS):
        began = time.perf_counter()
        connection.request("GET", "/health")
        connection.getresponse().read()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), sorted(times)[int(len(times) * 0.99)]


def opened(address: str, token: str) -> WebSocket:
    url = f"{address.replace('http', 'ws', 1)}/socket.io/?transport=websocket&EIO=4"
    socket = create_connection(url, suppress_origin=True)
    socket.recv()
    for said in (f"40{json.dumps({'token': token})}", '420["listen","everybody"]'):
        socket.send(said)
        socket.recv()
    return socket


def _answer(sockets: list[WebSocket], heard: list[float]) -> None:
    """Answer signs of life, and note when an event comes."""
    ready = selectors.DefaultSelector()
    for socket in sockets:
        ready.register(socket.sock, selectors.EVENT_READ, socket)
    while True:
        for key, _ in ready.select():
            if key.data.recv() == "2":
                key.data.send("3")
            else:
                heard.append(time.perf_counter())


def _event(address: str, heard: list[float], count: int) -> float:
    heard.clear()
    began = time.perf_counter()
    posted(address, "/say/everybody?from=0&to=1")
    while len(heard) < count:
        time.sleep(0.005)
    return (max(heard) - began) * 1000


def posted(address: str, path: str, body: Any = None) -> Any:
    data = json.dumps(body).encode() if body else b""
    asked = urllib.request.Request(f"{address}{path}", data, {"Content-Type": "application/json"})  # noqa: S310
    return urllib.request.urlopen(asked)  # noqa: S310


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1000)
