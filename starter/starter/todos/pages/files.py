"""Files that hang on a todo, by pages: hung there, seen, taken off."""

from typing import Annotated
from uuid import UUID

from carboy.data.flask import db, own_transactions
from carboy.files import files, sent
from carboy.web import CurrentUser, File, Upload, endpoint
from carboy.web.identity import user_id
from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from starter.todos import attachments, domain
from starter.todos.events import todos_here
from starter.todos.pages.one import show_todo

Attachment = Annotated[Upload, File(types=attachments.TAKEN, max_bytes=attachments.MOST_BYTES)]


def add(pages: Blueprint) -> None:
    """Put what is done with files on the application."""
    pages.post("/<uuid:todo_id>/attachments")(attach)
    pages.get("/<uuid:todo_id>/attachments/<uuid:file_id>")(show_file)
    pages.get("/<uuid:todo_id>/attachments/<uuid:file_id>/thumbnail")(show_thumbnail)
    pages.post("/<uuid:todo_id>/attachments/<uuid:file_id>/delete")(detach)


@endpoint(again=show_todo)
@own_transactions
def attach(todo_id: UUID, file: Attachment, me: CurrentUser) -> Response:
    """Hang a file on a todo."""
    kept = attachments.take(me, todo_id, file, todos=todos_here(), files=files(), database=db())
    flash(f"{kept.name} hangs on it.", "success")
    return redirect(url_for("todos.show_todo", todo_id=todo_id), 303)


def show_file(todo_id: UUID, file_id: UUID) -> Response:
    """Send a file."""
    todo = domain.get(todos_here(), user_id(), todo_id)
    return sent(attachments.find(files(), todo, file_id), inline=True)


def show_thumbnail(todo_id: UUID, file_id: UUID) -> Response:
    """Send the small form of a picture."""
    todo = domain.get(todos_here(), user_id(), todo_id)
    return sent(attachments.find_thumbnail(files(), todo, file_id), inline=True)


@endpoint
def detach(todo_id: UUID, file_id: UUID, me: CurrentUser) -> Response:
    """Take a file off a todo."""
    todos = todos_here()
    attachments.detach(todos, files(), domain.hold(todos, me, todo_id), file_id)
    flash("It is taken off.", "success")
    return redirect(url_for("todos.show_todo", todo_id=todo_id), 303)
