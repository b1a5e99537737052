"""What a page of todos costs at the beginning and at the end of a long list.

    DATABASE_URL=… .venv/bin/python -m bench.todos

Two users have as many todos, the second one all the newer ones. The first page and the last one are asked for in turn,
so that a busy machine slows both. Without DATABASE_URL it is SQLite; another database must be empty.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import median
from uuid import UUID

from sqlalchemy import insert, select, text

from carboy.accounts.administering import plant_roles
from carboy.data import Base, Database, Window, uuid7
from carboy.data.pages import write_cursor
from starter.accounts.domain import User
from starter.todos import domain
from starter.todos.backend import TodosBackend
from starter.todos.models import Todo, TodoPerson

TODOS, TIMES = 100_000, 60


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(os.environ.get("DATABASE_URL") or f"sqlite:///{folder}/bench.sqlite")
        Base.metadata.create_all(database.engine())
        plant_roles(database)
        me, _other = [_user(database, name) for name in ("ada", "grace")]
        analyse(database)
        for name, took in measured(database, me):
            print(f"{name:<32} {took:8.2f} ms")
        database.close()


def measured(database: Database, me: UUID) -> Iterator[tuple[str, float]]:
    with database.reading() as session:
        ids = session.scalars(select(TodoPerson.todo_id).where(TodoPerson.user_id == me)).all()
    last = write_cursor([sorted(ids)[20]])
    first_page, last_page = [], []
    for turn in range(TIMES + 5):
        for took, cursor in ((first_page, None), (last_page, last)):
            took.append(timed(lambda cursor=cursor: page(database, me, cursor=cursor)))
        if turn < 5:  # until caches are warm
            first_page.clear(), last_page.clear()
    yield "the first page", median(first_page)
    yield "page 5,000", median(last_page)
    for sort in ("due_on", "priority", "-updated_at"):
        yield f"the first page by {sort}", median(timed(lambda s=sort: page(database, me, sort=s)) for _ in range(7))


def page(database: Database, me: UUID, *, cursor: str | None = None, sort: domain.Sort = "-created_at") -> None:
    with database.reading():
        window = Window(limit=20, cursor=cursor)
        domain.search(TodosBackend(database), me, domain.Filters(), sort=sort, window=window)


def timed(something: Callable[[], object]) -> float:
    begun = time.perf_counter()
    something()
    return (time.perf_counter() - begun) * 1000


def analyse(database: Database) -> None:
    if database.dialect == "postgresql":
        with database.engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("ANALYZE"))


def _user(database: Database, name: str) -> UUID:
    address = f"{name}@example.com"
    with database.transaction() as session:
        user = User(id=uuid7(), email=address, email_normalized=address, username=name)
        session.add(user)
        session.flush()
        rows = list(_rows(user.id))
        session.execute(insert(Todo), rows)
        session.execute(insert(TodoPerson), [{"user_id": user.id, "todo_id": row["id"]} for row in rows])
        return user.id


def _rows(owner: UUID) -> Iterator[dict[str, object]]:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(TODOS):
        moment = began + timedelta(minutes=number)
        yield {
            "id": uuid7(),
            "owner_id": owner,
            "title": f"Todo {number}",
            "notes": "",
            "due_day": date(2026, 12, 24) + timedelta(days=number % 400),
            "priority": number % 5 + 1,
            "version": 1,
            "created_at": moment,
            "updated_at": moment,
        }


if __name__ == "__main__":
    main()
