"""Seeing what runs: logs, access log, health, metrics."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Give an existing Flask application the whole room: log, access log, metrics, probes, /health, `flask info`."""
    from carboy import settings as settings_room
    from carboy.ops import access_log, draining, health, info, logs, metrics
    from carboy.web.onion import wrap

    logs.configure(settings_room.adopt(app))
    metrics.init_app(app)
    wrap(
        app,
        health.probes(app),
        metrics.page(app),
        draining.counted(app),
        access_log.timed(app, metrics.metrics_of(app)),
    )
    for part in (access_log, health, info):
        part.init_app(app)
