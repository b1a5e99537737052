"""Home: the first page, the little map that a developer finds on it, and a job to watch."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask


def register(app: "Flask", api: "Blueprint") -> None:
    """Put the first page on the application, and features' parts on all; the demonstration where it is shown."""
    from carboy.settings import of

    from starter.home.domain import shows_workshop
    from starter.home.pages import pages
    from starter.home.parts import show_parts

    show_parts(app)
    app.register_blueprint(pages)
    if shows_workshop(of(app).mode):
        _register_demonstration(app, api)


def _register_demonstration(app: "Flask", api: "Blueprint") -> None:
    from carboy.jobs.flask import jobs_of

    from starter.home.api import demo
    from starter.home.jobs import count_to_a_hundred

    api.register_blueprint(demo)
    jobs_of(app).register(count_to_a_hundred)
