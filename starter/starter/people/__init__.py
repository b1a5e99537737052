"""People: whom one knows here, and how they look. Start reading at domain.py, then at circles.py."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask


def register(app: "Flask", api: "Blueprint") -> None:
    """Put people on the API and the pages. Who knows whom, the features below say: `domain.acquaint(app, circle)`."""
    from starter.people.api import people
    from starter.people.pages import pages

    api.register_blueprint(people)
    app.register_blueprint(pages)
