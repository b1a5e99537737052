"""What Prometheus may ask: how many requests, how quick, what waits and what is full.

instruments   what is counted, under which names; each label has few values, whatever visitors do
sharing       several processes that are one server: what a dead one has counted stays
waiting       the jobs that wait, asked from the database
telling       /metrics, for whoever brings METRICS_TOKEN
port          the same on METRICS_PORT

Nothing of it is imported, and nothing counted, until one of the two settings asks for it.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from carboy import settings as settings_room
from carboy.errors import SetupError

if TYPE_CHECKING:
    from flask import Flask

    from carboy.ops.metrics.room import Metrics
    from carboy.settings import Settings
    from carboy.web.onion import Layer

__all__ = ["are_wanted", "folder_of_workers", "init_app", "metrics_of", "page"]


def init_app(app: "Flask") -> None:
    """Count what this application does, if its settings ask for it. Starts nothing and listens nowhere."""
    if are_wanted(settings_room.of(app)):
        from carboy.ops.metrics.room import Metrics

        app.extensions["carboy.metrics"] = Metrics(app)


def metrics_of(app: "Flask") -> "Metrics | None":
    """Return what counts in this application; None if nobody wants to know."""
    room: Metrics | None = app.extensions.get("carboy.metrics")
    return room


def page(app: "Flask") -> "Layer":
    """Answer /metrics before anything else looks at the request, if there is a token to ask for."""
    room, token = metrics_of(app), settings_room.of(app).metrics_token.get_secret_value()
    if room is None or not token:
        return lambda application: application
    from carboy.ops.metrics.telling import answering

    return answering(room.registry, token)


def are_wanted(settings: "Settings") -> bool:
    """Whether somebody is to be told; raise if that cannot be."""
    wanted = bool(settings.metrics_port or settings.metrics_token.get_secret_value())
    if wanted and find_spec("prometheus_client") is None:
        raise SetupError("Metrics are asked for, and the package is missing: pip install carboy[metrics]")
    return wanted


def folder_of_workers(settings: "Settings") -> str | None:
    """Open the folder in which the workers of a server count together; None if nobody wants to know."""
    if not are_wanted(settings):
        return None
    from carboy.ops.metrics import sharing

    return sharing.open_folder()
