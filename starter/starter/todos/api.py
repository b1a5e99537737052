"""Todos over HTTP, for those who see them: JSON, and nothing else."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from carboy.data import Page
from carboy.data.flask import db, own_transactions
from carboy.files import files, sent
from carboy.jobs.flask import jobs
from carboy.ops.jobs import JobStatus, accepted
from carboy.web import (
    Accepted,
    Bytes,
    Created,
    CurrentUser,
    File,
    IfMatch,
    NoContent,
    Query,
    Reply,
    Upload,
    endpoint,
)
from flask import Blueprint, url_for

from starter.todos import attachments, digests, domain
from starter.todos.events import todos_here
from starter.todos.jobs import ask_for_export
from starter.todos.readers import ReadersBackend
from starter.todos.schemas import (
    Assignees,
    AttachmentOut,
    ChangeTodo,
    Completed,
    Digest,
    DueBefore,
    NewExport,
    NewTodo,
    TodoOut,
    TodoQuery,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carboy.files import Kept

    from starter.todos.models import Todo
    from starter.todos.seen import SeenTodo

todos = Blueprint("todos", __name__)

Attachment = Annotated[Upload, File(types=attachments.TAKEN, max_bytes=attachments.MOST_BYTES)]


@todos.get("/todos")
@endpoint
def list_todos(query: Annotated[TodoQuery, Query()], me: CurrentUser) -> Page[TodoOut]:
    """List the todos that you own or are to do."""
    page = domain.search(todos_here(), me, query.filters, sort=query.sort, window=query.window)
    return Page(_shown(page.items), page.next_cursor)


@todos.post("/todos")
@endpoint
def create_todo(body: NewTodo, me: CurrentUser) -> Created[TodoOut]:
    """Make a todo."""
    todo = domain.create(todos_here(), me, body.given())
    (shown,) = _shown([todo])
    return Created(shown, location=url_for(".get_todo", todo_id=todo.id), etag=todo.version)


@todos.get("/todos/digest")
@endpoint
def get_digest(me: CurrentUser) -> Digest:
    """Show whether you are sent a mail each morning on which a todo is due."""
    return Digest(wanted=digests.wants(ReadersBackend(db()), me))


@todos.put("/todos/digest")
@endpoint
def choose_digest(body: Digest, me: CurrentUser) -> Digest:
    """Say whether you want a mail each morning on which a todo is due."""
    return Digest(wanted=digests.choose(ReadersBackend(db()), me, wants=body.wanted))


@todos.get("/todos/<uuid:todo_id>")
@endpoint
def get_todo(todo_id: UUID, me: CurrentUser) -> Reply[TodoOut]:
    """Show a todo."""
    return _reply(domain.get(todos_here(), me, todo_id))


@todos.patch("/todos/<uuid:todo_id>")
@endpoint
def change_todo(todo_id: UUID, body: ChangeTodo, if_match: IfMatch, me: CurrentUser) -> Reply[TodoOut]:
    """Change what is given of a todo; null takes its date away."""
    return _reply(domain.change(todos_here(), _seen(me, todo_id, if_match), body.given()))


@todos.delete("/todos/<uuid:todo_id>")
@endpoint
def delete_todo(todo_id: UUID, if_match: IfMatch, me: CurrentUser) -> NoContent:
    """Delete a todo of yours. You can have it back for thirty days."""
    domain.delete(todos_here(), me, _seen(me, todo_id, if_match))
    return NoContent()


@todos.post("/todos/<uuid:todo_id>/restore")
@endpoint
def restore_todo(todo_id: UUID, me: CurrentUser) -> Reply[TodoOut]:
    """Have a todo back that you deleted."""
    return _reply(domain.restore(todos_here(), me, todo_id))


@todos.put("/todos/<uuid:todo_id>/assignees")
@endpoint
def assign_todo(todo_id: UUID, body: Assignees, if_match: IfMatch, me: CurrentUser) -> Reply[TodoOut]:
    """Say anew who is to do it, by their user names."""
    return _reply(domain.assign(todos_here(), me, _seen(me, todo_id, if_match), body.assignees))


@todos.delete("/todos/<uuid:todo_id>/assignees/me")
@endpoint
def leave_todo(todo_id: UUID, me: CurrentUser) -> NoContent:
    """Be no longer one of those who are to do it."""
    domain.leave(todos_here(), me, domain.hold(todos_here(), me, todo_id))
    return NoContent()


@todos.post("/todos/complete")
@endpoint
def complete_todos(body: DueBefore, me: CurrentUser) -> Completed:
    """Tick everything that is open and due before a day."""
    return Completed(completed=domain.complete_due_before(todos_here(), me, body.due_before))


# --- files


@todos.post("/todos/<uuid:todo_id>/attachments")
@endpoint
@own_transactions
def attach_file(todo_id: UUID, file: Attachment, me: CurrentUser) -> Created[AttachmentOut]:
    """Hang a file on a todo. Pictures are made anew, without what cameras write into them."""
    kept = attachments.take(me, todo_id, file, todos=todos_here(), files=files(), database=db())
    shown = _file_shown(todo_id, kept)
    return Created(shown, location=shown.url)


@todos.get("/todos/<uuid:todo_id>/attachments/<uuid:file_id>")
@endpoint
def get_attachment(todo_id: UUID, file_id: UUID, me: CurrentUser) -> Bytes:
    """Fetch a file."""
    todo = domain.get(todos_here(), me, todo_id)
    return sent(attachments.find(files(), todo, file_id), inline=True)


@todos.get("/todos/<uuid:todo_id>/attachments/<uuid:file_id>/thumbnail")
@endpoint
def get_thumbnail(todo_id: UUID, file_id: UUID, me: CurrentUser) -> Bytes:
    """Fetch the small form of a picture, once it is made."""
    todo = domain.get(todos_here(), me, todo_id)
    return sent(attachments.find_thumbnail(files(), todo, file_id), inline=True)


@todos.delete("/todos/<uuid:todo_id>/attachments/<uuid:file_id>")
@endpoint
def detach_file(todo_id: UUID, file_id: UUID, me: CurrentUser) -> NoContent:
    """Take a file off a todo, for good."""
    attachments.detach(todos_here(), files(), domain.hold(todos_here(), me, todo_id), file_id)
    return NoContent()


# --- everything at once


@todos.post("/todos/exports")
@endpoint
def start_export(body: NewExport, me: CurrentUser) -> Accepted[JobStatus]:
    """Have everything that you see written into one file. The job's result says which."""
    return accepted(ask_for_export(jobs(), me, body.format))


@todos.get("/todos/exports/<uuid:file_id>")
@endpoint
def get_export(file_id: UUID, me: CurrentUser) -> Bytes:
    """Fetch an export of yours, until its time is over."""
    return sent(attachments.export_of(files(), me, file_id))


def _seen(me: UUID, todo_id: UUID, if_match: IfMatch) -> "Todo":
    """Return the todo that is to be changed, if it is still what the caller has seen of it."""
    todo = domain.hold(todos_here(), me, todo_id)
    if_match.require(todo.version)
    return todo


def _reply(todo: "Todo | SeenTodo") -> Reply[TodoOut]:
    (shown,) = _shown([todo])
    return Reply(shown, etag=todo.version)


def _shown(found: "Sequence[Todo | SeenTodo]") -> list[TodoOut]:
    kept = attachments.of_all(files(), found)
    return [TodoOut.of(todo, attachments=[_file_shown(todo.id, one) for one in kept[todo.id]]) for todo in found]


def _file_shown(todo_id: UUID, kept: "Kept") -> AttachmentOut:
    return AttachmentOut.of(kept, url=url_for(".get_attachment", todo_id=todo_id, file_id=kept.id))
