"""One todo: seen whole, changed, shared, deleted and brought back."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from carboy.errors import Conflict
from carboy.files import files
from carboy.web import CurrentUser, Form, endpoint
from carboy.web.identity import user_id
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from starter.todos import attachments, domain
from starter.todos.events import todos_here
from starter.todos.pages.forms import EditForm, LineForm, PeopleForm, as_shown, touched
from starter.todos.pages.notices import flash_undo

if TYPE_CHECKING:
    from starter.todos.models import Todo
    from starter.todos.seen import SeenTodo

OUTRUN = (
    "Somebody changed this todo while you did, and nothing of yours was saved. What you typed still stands here; below"
    " it stands what they wrote. Save once more to keep yours. What you did not touch is as they left it."
)


def add(pages: Blueprint) -> None:
    """Put the page of a todo on the application."""
    pages.get("/<uuid:todo_id>")(show_todo)
    pages.post("/<uuid:todo_id>")(change_todo)
    pages.post("/<uuid:todo_id>/assignees")(assign)
    pages.post("/<uuid:todo_id>/leave")(leave)
    pages.post("/<uuid:todo_id>/delete")(delete)
    pages.post("/<uuid:todo_id>/restore")(restore)


def show_todo(todo_id: UUID) -> str:
    """Show a todo, with everything that can be done with it."""
    todos, me = todos_here(), user_id()
    todo = domain.get(todos, me, todo_id)
    kept = attachments.of_all(files(), [todo])[todo_id]
    return render_template(
        "todos/todo.html",
        todo=todo,
        is_mine=todo.owner_id == me,
        attachments=kept,
        thumbnails=attachments.with_thumbnail(files(), kept),
        awaited=attachments.awaiting_thumbnail(kept),
        most_bytes=attachments.MOST_BYTES,
        companions=todos.companions(me),
        **fields_of(todo),
    )


@endpoint(again=show_todo)
def change_todo(todo_id: UUID, said: Annotated[EditForm, Form()], me: CurrentUser) -> Response:
    """Change a todo, unless somebody was faster."""
    change(todo_id, said, me)
    flash("Saved.", "success")
    return _to(todo_id)


def change(todo_id: UUID, said: LineForm, me: UUID) -> "Todo":
    """Change what somebody touched of a todo, unless somebody else has touched the same meanwhile."""
    todos = todos_here()
    todo = domain.hold(todos, me, todo_id)
    mine = touched(request.form, said.seen)
    if said.version != todo.version and mine & touched(as_shown(todo), said.seen):
        raise Conflict(OUTRUN)
    return domain.change(todos, todo, {name: value for name, value in said.said().items() if name in mine})


def fields_of(todo: "Todo | SeenTodo") -> dict[str, Any]:
    """Return what templates ask of the fields of a todo: what stands there, and what was typed into which."""
    return {"seen": as_shown(todo), "touched": touched(request.form, request.form.get("seen", ""))}


@endpoint(again=show_todo)
def assign(todo_id: UUID, said: Annotated[PeopleForm, Form()], me: CurrentUser) -> Response:
    """Say anew who is to do it."""
    todos = todos_here()
    todo = domain.hold(todos, me, todo_id)
    domain.assign(todos, me, todo, said.said(user.username for user in todo.assignees if user.username))
    flash("Saved.", "success")
    return _to(todo_id)


@endpoint(again=show_todo)
def leave(todo_id: UUID, me: CurrentUser) -> Response:
    """Be no longer one of those who are to do it."""
    todos = todos_here()
    todo = domain.hold(todos, me, todo_id)
    domain.leave(todos, me, todo)
    flash(f"“{todo.title}” is no longer yours to do.", "success")
    return redirect(url_for("todos.list_todos"), 303)


@endpoint
def delete(todo_id: UUID, me: CurrentUser) -> Response:
    """Delete a todo, and offer to bring it back."""
    todos = todos_here()
    todo = domain.hold(todos, me, todo_id)
    domain.delete(todos, me, todo)
    flash_undo(f"Deleted “{todo.title}”.", url_for("todos.restore", todo_id=todo_id))
    return redirect(url_for("todos.list_todos"), 303)


@endpoint
def restore(todo_id: UUID, me: CurrentUser) -> Response:
    """Bring a todo back."""
    todo = domain.restore(todos_here(), me, todo_id)
    flash(f"“{todo.title}” is back.", "success")
    return _to(todo_id)


def _to(todo_id: UUID) -> Response:
    return redirect(url_for("todos.show_todo", todo_id=todo_id), 303)
