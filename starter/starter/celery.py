"""Where Celery's own commands look: `celery -A starter.celery worker`. Needed with JOBS_ENGINE=celery only."""

from carboy.jobs.flask import celery_of

from starter import create_app

app = celery_of(create_app())
