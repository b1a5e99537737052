"""What belongs to somebody among todos, made for the laws of security: one of each, for every address with an id."""

from io import BytesIO
from types import SimpleNamespace

from carboy.context import utc_now
from carboy.data.flask import data_of
from carboy.files.flask import files_of
from carboy.testing.security import Thing
from starter.todos import attachments, domain, exports
from starter.todos.backend import TodosBackend

TEXT = {"name": "list.txt", "media_type": "text/plain"}


def todo_of(owner, app):
    with data_of(app).database.transaction():
        return domain.create(TodosBackend(data_of(app).database), owner.id, {"title": "Milk"}).id


def change_of_todo(owner, app):
    return Thing({"todo_id": todo_of(owner, app)}, json={"done": True})


def assignees_of_todo(owner, app):
    return Thing({"todo_id": todo_of(owner, app)}, json={"assignees": []})


def deleted_todo_of(owner, app):
    todo_id, todos = todo_of(owner, app), TodosBackend(data_of(app).database)
    with data_of(app).database.transaction():
        domain.delete(todos, owner.id, domain.get(todos, owner.id, todo_id))
    return todo_id


def file_for_todo(owner, app):
    return Thing({"todo_id": todo_of(owner, app)}, form={"file": (BytesIO(b"Two litres"), *TEXT.values())})


def file_of_todo(owner, app):
    todo_id, todos, files = todo_of(owner, app), TodosBackend(data_of(app).database), files_of(app)
    brought = files.bring(BytesIO(b"Two litres"), **TEXT)
    with data_of(app).database.transaction():
        kept = attachments.attach(todos, files, domain.get(todos, owner.id, todo_id), brought)
    files.keep_variant(
        kept, attachments.THUMBNAIL, SimpleNamespace(stream=BytesIO(b"small"), filename="", media_type="")
    )
    return {"todo_id": todo_id, "file_id": kept.id}


def export_of(owner, app):
    week = utc_now() + exports.KEPT_FOR
    return files_of(app).keep(BytesIO(b"[]"), owner=f"user:{owner.id}", expires_at=week, **TEXT).id


BELONGS = {
    "todos.get_todo": todo_of,
    "todos.change_todo": change_of_todo,
    "todos.delete_todo": todo_of,
    "todos.restore_todo": deleted_todo_of,
    "todos.assign_todo": assignees_of_todo,
    "todos.attach_file": file_for_todo,
    "todos.get_attachment": file_of_todo,
    "todos.get_thumbnail": file_of_todo,
    "todos.detach_file": file_of_todo,
    "todos.get_export": export_of,
}
