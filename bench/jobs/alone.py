"""Celery alone, with the options that our engine gives it: `celery -A bench.jobs.alone worker`."""

import os

from bench.jobs.app import leave_a_byte
from celery import Celery

app = Celery("alone", broker=os.environ["CELERY_BROKER_URL"])
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=1, task_default_queue="alone")


@app.task(name="noop")
def noop() -> None:
    """Leave one byte."""
    leave_a_byte()
