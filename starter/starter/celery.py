"""Where Celery's commands look: `celery -A starter.celery worker`. With JOBS_ENGINE=celery."""

from carboy.jobs.flask import celery_of

from starter import create_app

app = celery_of(create_app())
