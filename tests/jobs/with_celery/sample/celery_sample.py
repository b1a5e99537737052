"""An application whose jobs Celery runs, as `celery -A celery_sample worker` makes it anew from the environment."""

import logging
import os
import time

from jobs_sample import leave

from carboy.data import Database
from carboy.jobs import Jobs, job
from carboy.jobs.engines.celery import CeleryEngine
from carboy.jobs.engines.celery_worker import celery_for


@job(name="sample.note")
def note(what: str, *, db):
    leave(db, what)


@job(name="sample.note_by_mail", queue="mail")
def note_by_mail(what: str, *, db):
    leave(db, what)


@job(name="sample.note_slowly")
def note_slowly(what: str, seconds: float, *, db):
    time.sleep(seconds)
    leave(db, what)


@job(name="sample.note_process")
def note_process(*, db):
    leave(db, os.getpid())


@job(name="sample.note_again")
def note_again(what: str, *, db, jobs):
    """Ask for a job from inside of one."""
    with db.transaction():
        jobs.enqueue(note, what)


@job(name="sample.raise_at_first", attempts=3)
def raise_at_first(what: str, *, db, job):
    if job.attempt == 1:
        raise ValueError("not yet")
    leave(db, what)


def make_jobs(database, broker_url, name="sample"):
    jobs = Jobs(database, engine=CeleryEngine(broker_url, name=name))
    jobs.register(note, note_by_mail, note_slowly, note_process, note_again, raise_at_first)
    return jobs


def made_anew():
    jobs = make_jobs(Database(os.environ["SAMPLE_DATABASE"], patience=5), os.environ["SAMPLE_BROKER"])
    return celery_for(jobs, jobs.engine)


if "SAMPLE_BROKER" in os.environ:
    logging.basicConfig(level=logging.INFO)
    app = made_anew()
