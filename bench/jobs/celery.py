"""`celery -A bench.jobs.celery worker`: our jobs, run by Celery."""

from bench.jobs.app import create_app

from carboy.jobs.flask import celery_of

app = celery_of(create_app())
