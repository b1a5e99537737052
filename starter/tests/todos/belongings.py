"""What belongs to somebody among todos, made for the laws of security: one of each, for every address with an id."""

from io import BytesIO
from types import SimpleNamespace

from carboy.context import utc_now
from carboy.data.flask import data_of
from carboy.files import THUMBNAIL
from carboy.files.flask import files_of
from carboy.jobs.flask import jobs_of
from carboy.testing.security import Thing

from starter.todos import attachments, domain, exports
from starter.todos.backend import TodosBackend
from starter.todos.jobs import export_todos

TEXT = {"name": "list.txt", "media_type": "text/plain"}


def todo_of(owner, app):
    with data_of(app).database.transaction():
        return domain.create(TodosBackend(data_of(app).database), owner.id, {"title": "Milk"}).id


def change_of_todo(owner, app):
    return Thing({"todo_id": todo_of(owner, app)}, json={"done": True})


def assignees_of_todo(owner, app):
    return Thing({"todo_id": todo_of(owner, app)}, json={"assignees": []})


def own_todo_of(owner, app):
    todo_id, todos = todo_of(owner, app), TodosBackend(data_of(app).database)
    with data_of(app).database.transaction():
        todo = domain.hold(todos, owner.id, todo_id)
        todo.people[0].is_assigned = True
    return todo_id


def deleted_todo_of(owner, app):
    todo_id, todos = todo_of(owner, app), TodosBackend(data_of(app).database)
    with data_of(app).database.transaction():
        domain.delete(todos, owner.id, domain.hold(todos, owner.id, todo_id))
    return todo_id


def file_for_todo(owner, app):
    return Thing({"todo_id": todo_of(owner, app)}, form={"file": (BytesIO(b"Two litres"), *TEXT.values())})


def file_of_todo(owner, app):
    todo_id, todos, files = todo_of(owner, app), TodosBackend(data_of(app).database), files_of(app)
    brought = files.bring(BytesIO(b"Two litres"), **TEXT)
    with data_of(app).database.transaction():
        kept = attachments.attach(todos, files, domain.hold(todos, owner.id, todo_id), brought)
    files.keep_variant(kept, THUMBNAIL, SimpleNamespace(stream=BytesIO(b"small"), filename="", media_type=""))
    return {"todo_id": todo_id, "file_id": kept.id}


def export_of(owner, app):
    week = utc_now() + exports.KEPT_FOR
    return files_of(app).keep(BytesIO(b"[]"), owner=f"user:{owner.id}", expires_at=week, **TEXT).id


def form_of_todo(owner, app):
    return Thing({"todo_id": todo_of(owner, app)}, form={"title": "Milk", "version": "1"})


def tick_of_todo(owner, app):
    return Thing({"todo_id": todo_of(owner, app)}, form={"done": "true"})


def running_export_of(owner, app):
    room = jobs_of(app)
    with room.database.transaction():
        return room.enqueue(export_todos, owner.id, "json", asked_by=f"user:{owner.id}")


BELONGS = {
    "api_v1.todos.get_todo": todo_of,
    "api_v1.todos.change_todo": change_of_todo,
    "api_v1.todos.delete_todo": todo_of,
    "api_v1.todos.restore_todo": deleted_todo_of,
    "api_v1.todos.assign_todo": assignees_of_todo,
    "api_v1.todos.leave_todo": own_todo_of,
    "api_v1.todos.attach_file": file_for_todo,
    "api_v1.todos.get_attachment": file_of_todo,
    "api_v1.todos.get_thumbnail": file_of_todo,
    "api_v1.todos.detach_file": file_of_todo,
    "api_v1.todos.get_export": export_of,
    "todos.show_todo": todo_of,
    "todos.change_todo": form_of_todo,
    "todos.show_line": todo_of,
    "todos.edit_line": todo_of,
    "todos.change_line": form_of_todo,
    "todos.tick": tick_of_todo,
    "todos.assign": todo_of,
    "todos.leave": own_todo_of,
    "todos.delete": todo_of,
    "todos.restore": deleted_todo_of,
    "todos.attach": file_for_todo,
    "todos.show_file": file_of_todo,
    "todos.show_thumbnail": file_of_todo,
    "todos.detach": file_of_todo,
    "todos.watch_export": running_export_of,
    "todos.fetch_export": export_of,
}
