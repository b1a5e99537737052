"""What handlers of the tests write, and jobs that another process can make anew from a database's URL."""

import os
import pathlib
import signal
import subprocess
import sys
import time
from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import Column, Integer, MetaData, String, Table, insert

from carboy.data import Database
from carboy.jobs import Jobs, Worker, job
from carboy.jobs.workplace import Workplace

EFFECTS = Table("effects", MetaData(), Column("id", Integer, primary_key=True), Column("what", String(100)))


def leave(db, what):
    """Write something that can be seen only if it was kept."""
    with db.transaction() as session:
        session.execute(insert(EFFECTS).values(what=str(what)))


@job(name="sample.leave")
def leave_once(what: str, *, db):
    leave(db, what)


@job(name="sample.hang")
def hang(*, db):
    leave(db, "never kept")
    time.sleep(600)


@job(name="sample.tell_process", isolate=True)
def tell_process(*, db):
    leave(db, os.getpid())


@job(name="sample.report", isolate=True)
def report(*, job):
    job.progress(0.25, "a quarter")
    while True:
        time.sleep(0.05)


@job(name="sample.run_long", isolate=True, hard_limit=timedelta(seconds=1), attempts=2)
def run_long(*, db):
    leave(db, "never kept")
    time.sleep(600)


@job(name="sample.killed", isolate=True)
def be_killed(*, db):
    leave(db, "never kept")
    os.kill(os.getpid(), signal.SIGKILL)


@job(name="sample.forsaken", isolate=True)
def be_forsaken():
    """Die, while a child of its own holds on to all that it had open."""
    if os.fork() == 0:
        time.sleep(5)
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)


@job(name="sample.fail_isolated", isolate=True, attempts=1)
def fail_isolated():
    raise ValueError("it cannot be")


@job(name="sample.start_something", isolate=True, hard_limit=4)
def start_something(folder: str, ending: str = ""):
    """Start a process, and then end as the test wishes, or not at all."""
    started = subprocess.Popen(["sleep", "600"])
    path = pathlib.Path(folder, "started")
    path.with_suffix(".new").write_text(str(started.pid))
    path.with_suffix(".new").rename(path)
    if ending == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(600)


@job(name="sample.tell_environment", isolate=True)
def tell_environment():
    return os.environ.get("PYTHONPATH")


@job(name="sample.exit", isolate=True)
def leave_silently():
    os._exit(3)


@job(name="sample.hang_isolated", isolate=True)
def hang_isolated(folder: str):
    with open(f"{folder}/process", "x") as file:  # noqa: PTH123
        file.write(str(os.getpid()))
        file.flush()
    time.sleep(600)


HANDLERS = (
    leave_once, hang, tell_process, report, run_long, be_killed, be_forsaken, fail_isolated, hang_isolated,
    start_something, tell_environment, leave_silently,
)  # fmt: skip


def make_jobs(url, factory="jobs_sample:make_app"):
    """Make the jobs of an application of its own; in a child, its factory is called with the URL."""
    jobs = Jobs(Database(url, patience=5), factory=factory, seams={"settings": url})
    jobs.register(*HANDLERS)
    return jobs


def make_app(url):
    """Make what a child takes for an application."""
    return SimpleNamespace(extensions={"carboy.jobs": make_jobs(url)})


def run_everything(url):
    """Run whatever is there, and give how many that were."""
    place, total = Workplace(make_jobs(url)), 0
    while claimed := place.claim(["default"]):
        place.run(claimed)
        total += 1
    place.close()
    return total


def work(url, threads=1, queues=()):
    """Be a worker until killed. Whoever started it waits for the line."""
    worker = Worker(make_jobs(url), threads=threads, queues=queues)
    worker.start()
    print(worker.name, flush=True)
    signal.pause()


if __name__ == "__main__":
    work(sys.argv[1])
