"""Files that hang on todos. They belong to whoever owns the todo, whoever brought them, and go when it goes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from carboy.context import utc_now
from carboy.errors import Conflict, NotFound
from starter.todos.domain import Todos
from starter.todos.models import Todo, TodoFile

if TYPE_CHECKING:
    from carboy.files import Files, Kept
    from carboy.files.incoming import Brought

MOST_FILES = 20
THUMBNAIL = "thumbnail"


def attach(todos: Todos, files: "Files", todo: Todo, brought: "Brought") -> "Kept":
    """Hang a file on a todo."""
    if len(todo.files) >= MOST_FILES:
        raise Conflict(f"No more than {MOST_FILES} files hang on a todo.")
    kept = files.keep(brought, owner=owner_of(todo))
    todo.files.append(TodoFile(file_id=kept.id))
    _store(todos, todo)
    return kept


def detach(todos: Todos, files: "Files", todo: Todo, file_id: UUID) -> None:
    """Take a file off a todo, and forget it."""
    find(files, todo, file_id)
    todo.files = [file for file in todo.files if file.file_id != file_id]
    _store(todos, todo)
    files.drop(file_id)


def find(files: "Files", todo: Todo, file_id: UUID, *, variant: str | None = None) -> "Kept":
    """Return a file of this todo, or another form of it."""
    hangs = any(file.file_id == file_id for file in todo.files)
    kept = (files.find(file_id) if variant is None else _variant(files, file_id, variant)) if hangs else None
    if kept is None:
        raise NotFound("There is no such file on this todo.")
    return kept


def export_of(files: "Files", me: UUID, file_id: UUID) -> "Kept":
    """Return an export of this user."""
    kept = files.find(file_id)
    if kept is None or kept.owner != f"user:{me}" or kept.expires_at is None:
        raise NotFound("There is no such export of yours, or its time is over.")
    return kept


def of_all(files: "Files", todos: Sequence[Todo]) -> Mapping[UUID, list["Kept"]]:
    """Return the files of each of these todos, by its id."""
    kept = {one.id: one for one in files.find_all([file.file_id for todo in todos for file in todo.files])}
    return {todo.id: [kept[file.file_id] for file in todo.files if file.file_id in kept] for todo in todos}


def owner_of(todo: Todo) -> str:
    """Return by what name the files of a todo are kept."""
    return f"user:{todo.owner_id}"


def _variant(files: "Files", file_id: UUID, variant: str) -> "Kept | None":
    return next((kept for kept in files.variants_of([file_id]) if kept.variant == variant), None)


def _store(todos: Todos, todo: Todo) -> None:
    todo.updated_at = utc_now()
    todos.store(todo)
