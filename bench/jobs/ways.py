"""The ways of running jobs that are compared: each starts its workers, takes jobs, and counts what is done."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
CELERY = (
    "celery",
    "-A",
    "{app}",
    "worker",
    "--concurrency=2",
    "--loglevel=WARNING",
    "--without-gossip",
    "-Q",
    "{queue}",
)


@dataclass(frozen=True)
class Way:
    """One way: its name, the variables of its processes, and the commands of its workers."""

    name: str
    variables: dict[str, str]
    commands: tuple[tuple[str, ...], ...]

    def environment(self, folder: Path) -> dict[str, str]:
        """Return the environment of every process of this way."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        ours = {"BENCH_COUNT": str(folder / "count"), "PYTHONPATH": str(ROOT), "LOG_LEVEL": "WARNING"}
        return kept | ours | {"FLASK_APP": "bench.jobs.app", "FLASK_SKIP_DOTENV": "1"} | self.variables

    @contextmanager
    def workers(self, folder: Path) -> Iterator[list["subprocess.Popen[bytes]"]]:
        """Run the workers of this way while something is measured."""
        environment = self.environment(folder)
        with (folder / "workers.log").open("ab") as log:
            started = [
                subprocess.Popen(
                    [str(BIN / command[0]), *command[1:]], cwd=folder, env=environment, stdout=log, stderr=log
                )
                for command in self.commands
            ]
        try:
            yield started
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait(60)

    def ask(self, folder: Path, number: int) -> None:
        """Accept this many jobs, in a process of its own."""
        self._python(folder, "ask", str(number))

    def prepare(self, folder: Path) -> None:
        """Make the tables."""
        self._python(folder, "prepare")

    def _python(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "bench.jobs.asking", self.name.partition(",")[0], *arguments]
        subprocess.run(command, cwd=folder, env=self.environment(folder), check=True)


def local(name: str, database: str, *, processes: int = 1, threads: int = 2) -> Way:
    """The engine of `flask worker`."""
    worker = ("flask", "worker", "--threads", str(threads))
    return Way(name, {"DATABASE_URL": database}, (worker,) * processes)


def celery(name: str, database: str, broker: str) -> Way:
    """Our jobs, run by Celery's workers."""
    variables = {"DATABASE_URL": database, "JOBS_ENGINE": "celery", "CELERY_BROKER_URL": broker}
    return Way(name, variables, (_celery("bench.jobs.celery", "default"),))


def alone(broker: str) -> Way:
    """Celery's own tasks, and no database."""
    return Way("Celery alone, Redis", {"CELERY_BROKER_URL": broker}, (_celery("bench.jobs.alone", "alone"),))


def _celery(app: str, queue: str) -> tuple[str, ...]:
    return tuple(word.format(app=app, queue=queue) for word in CELERY)


def done(folder: Path) -> int:
    """Count the bytes that jobs have left."""
    file = folder / "count"
    return file.stat().st_size if file.exists() else 0


def wait_for(folder: Path, number: int, patience: float = 300) -> float:
    """Wait until this many jobs are done, and return the moment."""
    deadline = time.perf_counter() + patience
    while done(folder) < number:
        if time.perf_counter() > deadline:
            raise TimeoutError(f"Only {done(folder)} of {number} jobs were done. See {folder / 'workers.log'}.")
        time.sleep(0.002)
    return time.perf_counter()
