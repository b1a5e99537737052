"""Todos: what people want done, shared with those who are to do it. Start reading at domain.py."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask


def register(app: "Flask", api: "Blueprint") -> None:
    """Put todos on the API and the pages, have done in the background what they need, and tell what happens."""
    from carboy.jobs.flask import jobs_of
    from carboy.live import live_of
    from starter.todos.api import todos
    from starter.todos.events import MINE, my_room
    from starter.todos.jobs import HANDLERS
    from starter.todos.pages import pages

    api.register_blueprint(todos)
    app.register_blueprint(pages)
    jobs_of(app).register(*HANDLERS)
    live_of(app).room(MINE, my_room)
