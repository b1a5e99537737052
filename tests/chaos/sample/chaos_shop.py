"""The application under attack: each job leaves one row among the effects. Nothing stops a second: it would be seen.

CHAOS_FOLDER is where a handler waits for the file `gate`, and leaves its process's number when it has come that far.
CHAOS_RELEASE is old or new: which handlers it knows. CHAOS_DIES is the state of a job at whose news a worker ends.
"""

import os
import signal
import time
from pathlib import Path

import chaos_pace
from flask import Flask
from sqlalchemy import Column, Integer, MetaData, Table, Uuid, insert

from carboy import data, jobs, settings
from carboy.jobs import job, job_changed
from carboy.jobs.flask import jobs_of
from carboy.jobs.table import JOBS, SCHEDULES

EFFECTS = Table("effects", MetaData(), Column("number", Integer, primary_key=True), Column("job_id", Uuid))

GATE_PATIENCE_SECONDS = 120
LOOK_SECONDS = 0.02


def create_app(own=None):
    chaos_pace.keep()
    app = Flask("chaos_shop")
    settings.adopt(app, own or settings.Settings.load(environ=os.environ))
    data.init_app(app)
    jobs.init_app(app, factory="chaos_shop:create_app")
    room = jobs_of(app)
    room.register(charge, wait_then_charge, charge_then_wait, charge_alone, work_on_then_charge)
    room.register(*RELEASES[os.environ.get("CHAOS_RELEASE", "new")])
    job_changed.connect(die_if_told)
    return app


def die_if_told(jobs, change):
    """End this worker and all its processes: a job has just been claimed, or has just been committed."""
    if os.environ.get("CHAOS_DIES") == change.now:
        os.killpg(os.getpgrp(), signal.SIGKILL)


def leave_effect(db, job):
    with db.transaction() as session:
        session.execute(insert(EFFECTS).values(job_id=job.id))


@job(name="charge")
def charge(*, db, job):
    """Take a moment, as most do, so that a kill may meet it anywhere."""
    leave_effect(db, job)
    time.sleep(0.02)


@job(name="wait then charge")
def wait_then_charge(*, db, job):
    """Hold no lock while it takes its time, as a good handler does."""
    pass_gate(job)
    leave_effect(db, job)


@job(name="charge then wait")
def charge_then_wait(*, db, job):
    """Hold a transaction open while it takes its time, as a bad one does."""
    with db.transaction() as session:
        session.execute(insert(EFFECTS).values(job_id=job.id))
        pass_gate(job)


@job(name="charge alone", isolate=True)
def charge_alone(*, db, job):
    pass_gate(job)
    leave_effect(db, job)


@job(name="work on then charge")
def work_on_then_charge(*, db, job):
    """Be deaf to everything for a while: one long call into C."""
    tell_reached(job)
    sum(range(60_000_000))
    leave_effect(db, job)


@job(name="invoice")
def invoice_in(amount: int, *, db, job):
    leave_effect(db, job)


@job(name="invoice", version=2, upgrade=lambda version, arguments: {**arguments, "currency": "EUR"})
def invoice(amount: int, currency: str, *, db, job):
    leave_effect(db, job)


@job(name="refund")
def refund(*, db, job):
    leave_effect(db, job)


RELEASES = {"old": [invoice_in], "new": [invoice, refund]}


def pass_gate(job):
    tell_reached(job)
    until = time.monotonic() + GATE_PATIENCE_SECONDS
    while not (folder() / "gate").exists():
        assert time.monotonic() < until, "nobody opened the gate"
        time.sleep(LOOK_SECONDS)


def tell_reached(job):
    marked = folder() / f"reached-{job.id}-{job.attempt}"
    marked.with_suffix(".new").write_text(str(os.getpid()))
    marked.with_suffix(".new").rename(marked)


def folder():
    return Path(os.environ["CHAOS_FOLDER"])


def make_tables(database):
    JOBS.metadata.create_all(database.engine(), tables=[JOBS, SCHEDULES])
    EFFECTS.create(database.engine())
