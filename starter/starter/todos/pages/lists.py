"""The list of todos: found, added to, ticked."""

from typing import Annotated
from uuid import UUID

from carboy.web import CurrentUser, Form, Query, endpoint
from carboy.web.identity import user_id
from carboy.web.redirects import came_from
from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from starter.todos import domain
from starter.todos.events import todos_here
from starter.todos.pages import parts
from starter.todos.pages.forms import AddForm, DoneForm, ListForm
from starter.todos.pages.notices import flash_undo
from starter.todos.schemas import DueBefore


def add(pages: Blueprint) -> None:
    """Put the list on the application."""
    pages.get("")(list_todos)
    pages.post("")(add_todo)
    pages.post("/<uuid:todo_id>/done")(tick)
    pages.post("/complete")(complete)


@endpoint
def list_todos(query: Annotated[ListForm, Query()], me: CurrentUser) -> str:
    """List the todos that fit."""
    return _listed(query, me)


def show_list() -> str:
    """Show the list as it is without a search: below a form that could not be taken."""
    return _listed(ListForm(), user_id())


def _listed(query: ListForm, me: UUID) -> str:
    todos = todos_here()
    page = domain.search(todos, me, query.wanted, sort=query.sort, window=query.window)
    return render_template("todos/list.html", page=page, query=query, me_id=me, companions=todos.companions(me))


@endpoint(again=show_list)
def add_todo(said: Annotated[AddForm, Form()], me: CurrentUser) -> Response:
    """Add a todo."""
    todo = domain.create(todos_here(), me, said.said())
    flash(f"Added “{todo.title}”.", "success")
    return redirect(came_from(url_for("todos.list_todos")), 303)


@endpoint
def tick(todo_id: UUID, said: Annotated[DoneForm, Form()], me: CurrentUser) -> Response:
    """Tick a todo, or take the tick away."""
    todos = todos_here()
    todo = domain.change(todos, domain.hold(todos, me, todo_id), {"done": said.done})
    text = f"{'Done' if said.done else 'Open again'}: “{todo.title}”."
    flash_undo(text, url_for("todos.tick", todo_id=todo_id), in_place=True, done=str(not said.done).lower())
    if parts.is_wanted():
        return make_response(render_template("todos/_ticked.html", todo=todo, me_id=me))
    return redirect(came_from(url_for("todos.list_todos")), 303)


@endpoint(again=show_list)
def complete(said: Annotated[DueBefore, Form()], me: CurrentUser) -> Response:
    """Tick everything that is due before a day."""
    count = domain.complete_due_before(todos_here(), me, said.due_before)
    flash("Nothing was due." if not count else f"{count} ticked.", "success")
    return redirect(url_for("todos.list_todos"), 303)
