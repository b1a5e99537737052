"""Foss: a catalogue of free software. Schema files say what is taken, and the backend is plain SQL on the driver."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask


def register(app: "Flask", api: "Blueprint") -> None:
    """Put the catalogue under the API, and its first projects among the default data."""
    from carboy.data.flask import seed

    from starter.foss.api import foss
    from starter.foss.seeds import plant_projects

    api.register_blueprint(foss)
    seed(app, plant_projects)
