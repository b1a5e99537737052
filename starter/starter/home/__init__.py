"""Home: the first page, and the little map that a developer finds on it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask


def register(app: "Flask", api: "Blueprint") -> None:  # noqa: ARG001  (every feature is offered the API)
    """Put the first page and the favourite icon on the application."""
    from starter.home.pages import pages

    app.register_blueprint(pages)
