"""Calculator: four sums. No database, no login; the rules run with nothing but Python's standard library."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask


def register(app: "Flask", api: "Blueprint") -> None:  # noqa: ARG001  (every feature is offered the application)
    """Put the calculator under the API."""
    from starter.calculator.api import calculator

    api.register_blueprint(calculator)
