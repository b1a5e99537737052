"""The floor: bare Flask, the raw driver, json. It asks nobody who they are, judges nothing and logs nothing."""

import os
import sqlite3
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from flask import Flask, abort, render_template, request, send_file

DATABASE, ME = os.environ["BENCH_DATABASE"], UUID(os.environ["BENCH_ME"])
FILES = Path(os.environ["BENCH_FILES"])
IS_SQLITE = DATABASE.startswith("sqlite")
ME_HERE = ME.hex if IS_SQLITE else ME
ONE = "?" if IS_SQLITE else "%s"

TODO = """select t.id, t.title, t.notes, t.due_day, t.priority, t.done_at, t.version, t.created_at, t.updated_at,
 o.id, o.username, o.first_name, o.last_name from todos t join users o on o.id = t.owner_id"""
PEOPLE = """select p.todo_id, u.id, u.username, u.first_name, u.last_name
 from todo_people p join users u on u.id = p.user_id where p.is_assigned and p.todo_id in"""
TAGS = "select todo_id, name from todo_tags where todo_id in"
ATTACHED = """select a.todo_id, f.id, f.name, f.media_type, f.size, f.created_at
 from todo_files a join files f on f.id = a.file_id where a.todo_id in"""
FOSS = "select id, name, licence, homepage, email, description, version, created_at, updated_at from foss"

app = Flask(__name__)
mine = threading.local()


def connection():
    """Return this thread's connection, which commits by itself."""
    if not hasattr(mine, "connection"):
        if IS_SQLITE:
            mine.connection = sqlite3.connect(DATABASE.removeprefix("sqlite:///"), isolation_level=None)
            for said in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=5000"):
                mine.connection.execute(f"pragma {said}")
        else:
            import psycopg

            mine.connection = psycopg.connect(DATABASE.replace("+psycopg", ""), autocommit=True)
    return mine.connection


def asked(statement, *values):
    """Ask the driver."""
    return connection().execute(statement.replace("?", ONE), values)


@contextmanager
def at_once():
    """Do several statements, or none."""
    if not IS_SQLITE:
        with connection().transaction():
            yield
        return
    connection().execute("begin immediate")
    try:
        yield
    except BaseException:
        connection().execute("rollback")
        raise
    connection().execute("commit")


def key(value):
    """Write an id as the database holds it."""
    return value.hex if IS_SQLITE else value


def moment(value):
    """Write a moment as JSON has it."""
    if value is None or not isinstance(value, str):
        return value and value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.replace(" ", "T") + "Z"


def now():
    """Return this moment as the database holds it."""
    moment = datetime.now(UTC)
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds") if IS_SQLITE else moment


def identity(value):
    """Write an id as JSON has it."""
    return str(UUID(value)) if IS_SQLITE else str(value)


def person(row):
    """Show somebody."""
    return {"id": identity(row[0]), "username": row[1], "full_name": f"{row[2]} {row[3]}".strip()}


def shown(rows):
    """Show todos, with whom and what belongs to them."""
    if not rows:
        return []
    ids, places = [row[0] for row in rows], f"({','.join('?' * len(rows))})"
    people, tags, attached = {}, {}, {}
    for todo, *user in asked(PEOPLE + places, *ids):
        people.setdefault(todo, []).append(person(user))
    for todo, name in asked(TAGS + places, *ids):
        tags.setdefault(todo, []).append(name)
    for todo, file, name, media_type, size, created_at in asked(ATTACHED + places, *ids):
        url = f"/api/v1/todos/{identity(todo)}/attachments/{identity(file)}"
        known = {"id": identity(file), "name": name, "media_type": media_type, "size": size}
        attached.setdefault(todo, []).append(known | {"created_at": moment(created_at), "url": url})
    return [
        {
            "id": identity(row[0]),
            "title": row[1],
            "notes": row[2],
            "due_on": None if str(row[3]) == "9999-12-31" else str(row[3]),
            "priority": row[4],
            "done": row[5] is not None,
            "done_at": moment(row[5]),
            "tags": sorted(tags.get(row[0], ())),
            "owner": person(row[9:]),
            "assignees": people.get(row[0], []),
            "attachments": attached.get(row[0], []),
            "version": row[6],
            "created_at": moment(row[7]),
            "updated_at": moment(row[8]),
        }
        for row in rows
    ]


def listed(limit, done=""):
    """Return the newest todos that I see."""
    mine = f"{TODO} join todo_people m on m.todo_id = t.id where m.user_id = ? and t.deleted_at is null {done}"
    return shown(asked(f"{mine} order by m.todo_id desc limit {limit}", ME_HERE).fetchall())


def found(todo_id):
    """Return one that I see."""
    mine = f"{TODO} join todo_people m on m.todo_id = t.id where m.user_id = ? and t.deleted_at is null and t.id = ?"
    return shown(asked(mine, ME_HERE, key(todo_id)).fetchall())


@app.get("/api/v1/calculator/add")
def add():
    return {"result": int(request.args["a"]) + int(request.args["b"])}


@app.get("/api/v1/todos")
def list_todos():
    return {"items": listed(int(request.args["limit"])), "next_cursor": None}


@app.get("/api/v1/todos/<uuid:todo_id>")
def get_todo(todo_id):
    there = found(todo_id)
    return (there[0], 200, {"ETag": f'"{there[0]["version"]}"'}) if there else abort(404)


@app.post("/api/v1/todos")
def create_todo():
    said, new, at = request.get_json(), key(uuid4()), now()
    day = said.get("due_on") or "9999-12-31"
    with at_once():
        asked(
            "insert into todos (id, owner_id, title, notes, due_day, priority, version, created_at, updated_at)"
            " values (?, ?, ?, ?, ?, ?, 1, ?, ?)",
            *(new, ME_HERE, said["title"], said["notes"], day, said["priority"], at, at),
        )
        asked("insert into todo_people (user_id, todo_id, is_assigned) values (?, ?, ?)", ME_HERE, new, False)
        for tag in said["tags"]:
            asked("insert into todo_tags (todo_id, name) values (?, ?)", new, tag)
    (made,) = found(UUID(new) if IS_SQLITE else new)
    return made, 201, {"ETag": '"1"', "Location": f"/api/v1/todos/{made['id']}"}


@app.patch("/api/v1/todos/<uuid:todo_id>")
def change_todo(todo_id):
    said, seen = request.get_json(), int(request.headers["If-Match"].strip('"'))
    changes = "update todos set title = ?, priority = ?, version = version + 1, updated_at = ?"
    values = (said["title"], said["priority"], now(), key(todo_id), ME_HERE, seen)
    if not asked(f"{changes} where id = ? and owner_id = ? and version = ?", *values).rowcount:
        abort(412)
    (changed,) = found(todo_id)
    return changed, 200, {"ETag": f'"{seen + 1}"'}


@app.get("/todos")
def page():
    return render_template("floor.html", todos=listed(20, "and t.done_at is null"))


@app.post("/api/v1/todos/<uuid:todo_id>/attachments")
def attach(todo_id):
    sent, new, at = request.files["file"], uuid4(), now()
    sent.save(FILES / new.hex)
    with at_once():
        asked(
            "insert into files (id, owner, name, media_type, size, digest, store, charged, created_at)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(key(new), "bench", sent.filename, sent.mimetype, (FILES / new.hex).stat().st_size),
            *("", "folder", False, at),
        )
        asked("insert into todo_files (file_id, todo_id) values (?, ?)", key(new), key(todo_id))
    return {"id": str(new), "url": f"/api/v1/todos/{todo_id}/attachments/{new}"}, 201


@app.get("/api/v1/todos/<uuid:todo_id>/attachments/<uuid:file_id>")
def fetch(todo_id, file_id):
    return send_file(FILES / file_id.hex, mimetype="text/plain")


def foss_shown(row):
    """Show a project."""
    names = ("id", "name", "licence", "homepage", "email", "description", "version", "created_at", "updated_at")
    said = dict(zip(names, row, strict=True))
    times = {name: moment(said[name]) for name in ("created_at", "updated_at")}
    return said | times | {"id": identity(said["id"])}


@app.get("/api/v1/foss")
def list_foss():
    rows = asked(f"{FOSS} order by name_key limit {int(request.args['limit'])}").fetchall()
    return {"items": [foss_shown(row) for row in rows], "next_cursor": None}


@app.get("/api/v1/foss/<uuid:foss_id>")
def get_foss(foss_id):
    row = asked(f"{FOSS} where id = ?", key(foss_id)).fetchone()
    return (foss_shown(row), 200, {"ETag": f'"{row[6]}"'}) if row else abort(404)


@app.post("/api/v1/foss")
def create_foss():
    said, new, at = request.get_json(), uuid4(), now()
    values = (said["name"], said["name"].casefold(), said["licence"], said["homepage"], said["description"], at, at)
    row = asked(
        "insert into foss (id, name, name_key, licence, homepage, description, version, created_at, updated_at)"
        " values (?, ?, ?, ?, ?, ?, 1, ?, ?)"
        " returning id, name, licence, homepage, email, description, version, created_at, updated_at",
        *(key(new), *values),
    ).fetchone()
    return foss_shown(row), 201, {"ETag": '"1"', "Location": f"/api/v1/foss/{new}"}


@app.patch("/api/v1/foss/<uuid:foss_id>")
def change_foss(foss_id):
    said, seen = request.get_json(), int(request.headers["If-Match"].strip('"'))
    row = asked(
        "update foss set description = ?, version = version + 1, updated_at = ? where id = ? and version = ?"
        " returning id, name, licence, homepage, email, description, version, created_at, updated_at",
        *(said["description"], now(), key(foss_id), seen),
    ).fetchone()
    return (foss_shown(row), 200, {"ETag": f'"{row[6]}"'}) if row else abort(412)
