"""The jobs of a Flask application: `jobs().enqueue(export, list_id)`."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from flask import current_app

from carboy import settings as settings_room
from carboy.data.flask import data_of
from carboy.errors import SetupError
from carboy.jobs.engines import Engine, Local
from carboy.jobs.engines.celery import CeleryEngine
from carboy.jobs.room import Jobs

if TYPE_CHECKING:
    from celery import Celery  # type: ignore[import-untyped]
    from flask import Flask

    from carboy.settings import Settings


def init_app(app: "Flask", *, factory: str = "") -> None:
    """Give this application its queue. Connects to nothing and starts nothing."""
    from carboy.jobs import upkeep

    settings = settings_room.adopt(app)
    app.extensions["carboy.jobs"] = Jobs(
        data_of(app).database,
        engine=_engine(settings),
        around=app.app_context,
        factory=factory,
        seams={"settings": settings},
    )
    jobs_of(app).register(upkeep.prune)


def jobs_of(app: "Flask") -> Jobs:
    """Return the jobs of this application."""
    try:
        room: Jobs = app.extensions["carboy.jobs"]
    except KeyError:
        raise SetupError(
            f"App {app.name!r} has no jobs. Call carboy.jobs.init_app(app) where the application is made."
        ) from None
    return room


def jobs() -> Jobs:
    """Return the jobs of the application that is at work."""
    return jobs_of(current_app)


def celery_of(app: "Flask") -> "Celery":
    """Return the Celery application whose workers run this application's jobs."""
    engine = jobs_of(app).engine
    if not isinstance(engine, CeleryEngine):
        raise SetupError("Celery runs no jobs of this application. Set JOBS_ENGINE=celery, and REDIS_URL.")
    if "carboy.celery" not in app.extensions:
        from carboy.jobs.engines.celery_worker import celery_for

        app.extensions["carboy.celery"] = celery_for(jobs_of(app), engine)
    return app.extensions["carboy.celery"]


def _engine(settings: "Settings") -> Engine:
    if settings.jobs_engine == "local":
        return Local()
    if find_spec("celery") is None:
        raise SetupError("JOBS_ENGINE is celery, and the package is missing: pip install carboy[celery]")
    return CeleryEngine(settings.celery_broker_url or "", name=settings.app_name)
