"""What `celery -A chaos_celery worker` runs."""

from chaos_shop import create_app

from carboy.jobs.flask import celery_of

celery = celery_of(create_app())
