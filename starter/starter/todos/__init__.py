"""Todos: what people want done, shared with those who are to do it. Start reading at domain.py."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask


def register(app: "Flask", api: "Blueprint") -> None:
    """Put todos on the API and the pages, with what is done in the background, and tell what happens to whom."""
    from carboy.jobs.flask import jobs_of
    from carboy.live import live_of

    from starter.people.domain import acquaint
    from starter.todos.api import todos
    from starter.todos.events import MINE, my_room
    from starter.todos.jobs import HANDLERS
    from starter.todos.pages import pages
    from starter.todos.reading import companions_of

    api.register_blueprint(todos)
    app.register_blueprint(pages)
    jobs_of(app).register(*HANDLERS)
    live_of(app).room(MINE, my_room)
    acquaint(app, companions_of)
