"""One todo in its line of the list: changed there, where scripts run. Without them its own page does it."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from carboy.web import CurrentUser, Form, endpoint
from carboy.web.identity import user_id
from flask import Blueprint, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from starter.todos import domain
from starter.todos.events import todos_here
from starter.todos.pages import parts
from starter.todos.pages.forms import LineForm
from starter.todos.pages.one import change, fields_of

if TYPE_CHECKING:
    from starter.todos.models import Todo
    from starter.todos.seen import SeenTodo


def add(pages: Blueprint) -> None:
    """Put what is done in a line on the application."""
    pages.get("/<uuid:todo_id>/line")(show_line)
    pages.get("/<uuid:todo_id>/line/edit")(edit_line)
    pages.post("/<uuid:todo_id>/line")(change_line)


def show_line(todo_id: UUID) -> Response:
    """Show the line of a todo."""
    return _drawn("todos/_one.html", _todo(todo_id))


def edit_line(todo_id: UUID) -> Response:
    """Show the line of a todo as a form."""
    return _drawn("todos/_line.html", _todo(todo_id))


@endpoint(again=edit_line)
def change_line(todo_id: UUID, said: Annotated[LineForm, Form()], me: CurrentUser) -> Response:
    """Change a todo in its line, unless somebody was faster."""
    return _drawn("todos/_one.html", change(todo_id, said, me))


def _todo(todo_id: UUID) -> "SeenTodo":
    return domain.get(todos_here(), user_id(), todo_id)


def _drawn(template: str, todo: "Todo | SeenTodo") -> Response:
    if not parts.is_wanted():
        return redirect(url_for("todos.show_todo", todo_id=todo.id), 303)
    return make_response(render_template(template, todo=todo, me_id=user_id(), **fields_of(todo)))
