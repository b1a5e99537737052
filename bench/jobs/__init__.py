"""What jobs cost, beside Celery alone with the same no-op. `python -m bench.jobs --help`."""
