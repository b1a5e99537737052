"""Files that hang on todos. They belong to whoever owns the todo, whoever brought them, and go when it goes."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from carboy.context import utc_now
from carboy.errors import Conflict, NotFound
from carboy.files import THUMBNAIL, want_thumbnail
from carboy.files.serving import PICTURES

from starter.todos import domain
from starter.todos.domain import Todos
from starter.todos.models import Todo, TodoFile
from starter.todos.seen import SeenTodo

if TYPE_CHECKING:
    from carboy.data import Database
    from carboy.files import Files, Kept
    from carboy.files.incoming import Brought, Upload

MOST_FILES, MOST_BYTES = 20, 10_000_000
TAKEN = (*PICTURES, "application/pdf", "text/plain", "text/csv")


def take(
    me: UUID, todo_id: UUID, upload: "Upload", *, todos: Todos, files: "Files", database: "Database"
) -> "Kept":  # fmt: skip
    """Hang what somebody sent on a todo. A picture is made anew, and its thumbnail asked for.

    That takes a while, so it is done before the transaction, in which others would wait for it.
    """
    with database.reading():
        _refuse_if_full(domain.get(todos, me, todo_id))
    brought = files.bring(files.cleaned(upload) if upload.media_type in PICTURES else upload)
    with database.transaction():
        kept = attach(todos, files, domain.hold(todos, me, todo_id), brought)
        want_thumbnail(files, kept)
        return kept


def attach(todos: Todos, files: "Files", todo: Todo, brought: "Brought") -> "Kept":
    """Hang a file on a todo."""
    kept = files.keep(brought, owner=owner_of(todo))  # first: what is refused after it goes with the transaction
    _refuse_if_full(todo)
    todo.files.append(TodoFile(file_id=kept.id))
    domain.touch(todos, todo)
    return kept


def detach(todos: Todos, files: "Files", todo: Todo, file_id: UUID) -> None:
    """Take a file off a todo, and forget it."""
    find(files, todo, file_id)
    todo.files = [file for file in todo.files if file.file_id != file_id]
    domain.touch(todos, todo)
    files.drop(file_id)


def find(files: "Files", todo: Todo | SeenTodo, file_id: UUID) -> "Kept":
    """Return a file of this todo."""
    kept = files.find(file_id) if any(file.file_id == file_id for file in todo.files) else None
    if kept is None:
        raise NotFound("There is no such file on this todo.")
    return kept


def find_thumbnail(files: "Files", todo: Todo | SeenTodo, file_id: UUID) -> "Kept":
    """Return the small form of a picture of this todo."""
    forms = files.variants_of([find(files, todo, file_id).id])
    small = next((form for form in forms if form.variant == THUMBNAIL), None)
    if small is None:
        raise NotFound("It has no thumbnail, or none yet.")
    return small


def export_of(files: "Files", me: UUID, file_id: UUID) -> "Kept":
    """Return an export of this user."""
    kept = files.find(file_id)
    if kept is None or kept.owner != f"user:{me}" or kept.expires_at is None:
        raise NotFound("There is no such export of yours, or its time is over.")
    return kept


def with_thumbnail(files: "Files", kept: "Sequence[Kept]") -> set[UUID]:
    """Return which of these files have one."""
    return {form.variant_of for form in files.variants_of([one.id for one in kept]) if form.variant_of}


def awaiting_thumbnail(kept: "Sequence[Kept]") -> set[UUID]:
    """Return which of these files will soon have one, unless they have it already."""
    lately = utc_now() - timedelta(minutes=1)
    return {one.id for one in kept if one.media_type in PICTURES and one.created_at > lately}


def of_all(files: "Files", todos: Sequence[Todo | SeenTodo]) -> Mapping[UUID, list["Kept"]]:
    """Return the files of each of these todos, by its id."""
    kept = {one.id: one for one in files.find_all([file.file_id for todo in todos for file in todo.files])}
    return {todo.id: [kept[file.file_id] for file in todo.files if file.file_id in kept] for todo in todos}


def owner_of(todo: Todo) -> str:
    """Return by what name the files of a todo are kept."""
    return f"user:{todo.owner_id}"


def _refuse_if_full(todo: Todo | SeenTodo) -> None:
    if len(todo.files) >= MOST_FILES:
        raise Conflict(f"No more than {MOST_FILES} files hang on a todo. Take one off first.")
