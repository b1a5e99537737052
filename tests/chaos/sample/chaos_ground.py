"""Where a scenario takes place: a database, an engine, and processes that come and go.

It knows nothing of the processes but what it sees in the database and in the folder that they share.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import chaos_shop
from sqlalchemy import func, select

from carboy.context import utc_now
from carboy.data import Database
from carboy.jobs.table import FINISHED, JOBS, State

SAMPLE = Path(__file__).parent
PATIENCE_SECONDS = 90
SUPERVISOR_SECONDS = 8
LOOK_SECONDS = 0.03
LEASE_SECONDS = 3.0
LEASE = timedelta(seconds=LEASE_SECONDS)


@dataclass(frozen=True)
class Verdict:
    """What became of the jobs that were accepted."""

    accepted: int
    lost: int  # not ended
    failed: int  # ended with an error that somebody can read
    doubled: int  # effects beyond the one of each job that is done
    missing: int  # jobs that are done and have no effect
    recovery: float  # seconds from the end of the fault to the end of the last job


class Ground:
    """A database, an engine, and processes that come and go."""

    def __init__(self, engine, database_url, folder, *, broker=None, server=None) -> None:
        self.engine, self.broker, self.server, self._folder = engine, broker, server, folder
        self.database = Database(database_url)
        self._environment = {
            "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(SAMPLE),
            "FLASK_SKIP_DOTENV": "1", "SECRET_KEY": "only-for-tests-0123456789abcdefghij",
            "JWT_SECRET_KEY": "only-for-tests-abcdefghij0123456789", "DATABASE_URL": database_url,
            "DATABASE_BUSY_SECONDS": "5", "JOBS_ENGINE": engine, "CHAOS_FOLDER": str(folder),
            "CHAOS_LEASE": str(LEASE_SECONDS), "TMPDIR": str(folder),
        }  # fmt: skip
        if broker:
            self._environment["REDIS_URL"] = broker.url
        self._workers: list[subprocess.Popen[bytes]] = []
        self._accepted: list[str] = []
        self._fault_ended = 0.0
        chaos_shop.make_tables(self.database)

    # -- processes ---------------------------------------------------------------------------------------

    def worker(self, **environment: str) -> "subprocess.Popen[bytes]":
        """Start a worker."""
        command = {
            "local": [sys.executable, "-m", "flask", "--app", "chaos_shop", "worker", "--threads", "2"],
            "celery": [sys.executable, "-m", "celery", "-A", "chaos_celery", "worker", "--concurrency", "2"],
        }[self.engine]
        with (self._folder / "workers.log").open("ab") as log:
            self._workers.append(
                subprocess.Popen(
                    command,
                    cwd=self._folder,
                    env=self._environment | environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )
        return self._workers[-1]

    def accept(self, name: str, count: int = 1, **environment: str) -> float:
        """Have another process ask for jobs; return the seconds it usually took, 0 if it died meanwhile."""
        said = subprocess.run(
            [sys.executable, SAMPLE / "chaos_accept.py", name, str(count)],
            cwd=self._folder,
            env=self._environment | environment,
            stdout=subprocess.PIPE,
        ).stdout.decode()
        *ids, last = said.split() if said.count(".") else [*said.split(), "0"]
        self._accepted += ids
        return float(last)

    def hurry(self, lease: float) -> None:
        """Let leases be shorter for whoever starts from now on."""
        self._environment["CHAOS_LEASE"] = str(lease)

    def kill_unless_gone(self, worker: "subprocess.Popen[bytes]") -> None:
        """Wait for a worker that was told to stop, as long as a supervisor does, and kill it then."""
        try:
            worker.wait(SUPERVISOR_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)

    def end(self) -> None:
        """Leave no process and no connection behind."""
        for worker in self._workers:
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, 9)
            worker.wait()
        self.database.close()

    # -- looking -----------------------------------------------------------------------------------------

    def wait_until(self, comes_true, what: str) -> None:
        """Look until it comes true."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not comes_true():
            if time.monotonic() > until:
                raise AssertionError(
                    f"Not within {PATIENCE_SECONDS} s: {what}. Rows: {self.rows()}\n{self.log()[-6000:]}"
                )
            time.sleep(LOOK_SECONDS)

    def wait_for_reached(self, count: int = 1) -> list[int]:
        """Wait until so many handlers have come to the gate; return the numbers of their processes."""
        self.wait_until(lambda: len(self._reached()) >= count, f"{count} handlers are at the gate")
        return self._reached()

    def wait_for(self, state: State, count: int) -> None:
        """Wait until so many jobs are in this state."""
        self.wait_until(lambda: self.count(state) >= count, f"{count} jobs are {state}")

    def count(self, state: State) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).where(JOBS.c.state == state))

    def rows(self) -> list[object]:
        shown = [
            JOBS.c[name] for name in ("id", "handler", "state", "attempt", "losses", "failures", "leased_by", "error")
        ]
        with self.database.reading() as session:
            return list(session.execute(select(*shown).where(JOBS.c.state != State.DONE).limit(5)))

    def log(self) -> str:
        return (self._folder / "workers.log").read_text()

    def _reached(self) -> list[int]:
        return [int(file.read_text()) for file in self._folder.glob("reached-*") if file.suffix != ".new"]

    # -- the fault, and what came of it ------------------------------------------------------------------

    def open_gate(self) -> None:
        """Let the handlers go on."""
        (self._folder / "gate").touch()

    def wait_for_renewed_leases(self) -> None:
        """Wait until each lease has been renewed, longer after now than it lasts."""
        began = self._ends_of_leases()
        self.wait_until(
            lambda: all(end > began.get(one, end) + LEASE for one, end in self._ends_of_leases().items()), "renewed"
        )

    def wait_for_a_lease_to_pass(self) -> None:
        """Wait until every lease of now would be over, and somebody would have swept."""
        until = utc_now() + 2 * LEASE
        self.wait_until(lambda: utc_now() > until, "time passes")

    def _ends_of_leases(self) -> dict[object, datetime]:
        with self.database.reading() as session:
            return dict(session.execute(select(JOBS.c.id, JOBS.c.look_at).where(JOBS.c.state == State.RUNNING)).all())

    def fault_is_over(self) -> None:
        """From here on it is recovery."""
        self._fault_ended = time.monotonic()

    def verdict(self) -> Verdict:
        """Wait until every job has ended, and say what came of them."""
        began = self._fault_ended or time.monotonic()
        ended = JOBS.c.state.in_(FINISHED)
        with suppress(AssertionError):
            self.wait_until(lambda: self._jobs_where(ended) == self._jobs_where(), "all have ended")
        recovery = time.monotonic() - began
        with self.database.reading() as session:
            effects = {str(job_id): count for job_id, count in session.execute(_effects_of_jobs())}
        done = {str(one) for one in self._jobs_where(JOBS.c.state == State.DONE)}
        failed = self._jobs_where(JOBS.c.state == State.FAILED, JOBS.c.error.is_not(None))
        return Verdict(
            accepted=len(self._accepted),
            lost=len(set(self._accepted) - done - {str(one) for one in failed}),
            failed=len(failed),
            doubled=sum(count - (job_id in done) for job_id, count in effects.items()),
            missing=len(done - set(effects)),
            recovery=recovery,
        )

    def _jobs_where(self, *conditions) -> set[object]:
        with self.database.reading() as session:
            return set(session.scalars(select(JOBS.c.id).where(*conditions)))


def _effects_of_jobs():
    effects = chaos_shop.EFFECTS.c.job_id
    return select(effects, func.count()).group_by(effects)
