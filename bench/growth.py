"""What a request costs as the application grows: by rows, by pages, by features. `python -m bench.growth [FILE]`.

In this process, without a server: CPU for each request, of each size in turn, round after round. It prints tables, and
writes them into the file.
"""

import io
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any, NamedTuple

from flask import Blueprint, Flask
from sqlalchemy import insert, select, update

from carboy.accounts.hashing import Hasher
from carboy.data import uuid7
from carboy.data.flask import data_of
from carboy.data.pages import write_cursor
from carboy.web import endpoint
from starter import create_app
from starter.accounts.domain import User
from starter.settings import Settings
from starter.todos.models import Todo, TodoPerson

ROWS, FEATURES, ROUTES_OF_EACH = (1_000, 10_000, 100_000, 1_000_000), (1, 10, 50), 6
ROUNDS, REQUESTS, AT_ONCE = 15, 40, 10_000
EMAIL, PASSWORD = "ada@example.com", "seventeen green umbrellas sing"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class Asked(NamedTuple):
    """An application, who asks it, and for what."""

    app: Flask
    token: str
    path: str

    def ask(self) -> bytes:
        """Ask once, as a server does."""
        path, _, query = self.path.partition("?")
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"Bearer {self.token}", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr, "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip
        said: list[str] = []
        answer = self.app(environ, lambda status, *_: said.append(status))
        content = b"".join(answer)
        getattr(answer, "close", bool)()
        if not said[0].startswith("200"):
            raise RuntimeError(f"{self.path} was answered with {said[0]}")
        return content


def main() -> None:
    """Measure, and tell."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        parts = [
            f"By todos that one user has, SQLite:\n\n{_table(_by_rows(Path(folder)))}",
            f"By features, each of {ROUTES_OF_EACH} routes:\n\n{_table(_by_features(Path(folder)))}",
        ]
    told = "\n\n".join(parts) + "\n"
    print(told)
    if sys.argv[1:]:
        Path(sys.argv[1]).write_text(told)


def _table(asked: dict[str, dict[str, Asked]]) -> str:
    """Measure everything in turn; a row for each work, a column for each size, and ratios to the first."""
    found: dict[tuple[str, str], list[float]] = {(work, size): [] for work in asked for size in asked[work]}
    for number in range(ROUNDS + 1):  # the first warms up
        for work, sizes in asked.items():
            for size, one in sizes.items():
                took = _timed(one.ask)
                if number:
                    found[work, size].append(took)
    sizes = list(next(iter(asked.values())))
    lines = [f"| | {' | '.join(sizes)} |", f"|{'---|' * (len(sizes) + 1)}"]
    for work, there in asked.items():
        first = found[work, sizes[0]]
        cells = [_told(found[work, size], first) for size in there]
        lines.append(f"| {work} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _told(values: list[float], first: list[float]) -> str:
    ratio = median(value / other for value, other in zip(values, first, strict=True))
    return f"{median(values):.0f} µs" + ("" if values is first else f", **{ratio:.2f}**")


def _timed(ask: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(REQUESTS):
        ask()
    return (time.process_time() - began) / REQUESTS * 1e6


def _by_rows(folder: Path) -> dict[str, dict[str, Asked]]:
    found: dict[str, dict[str, Asked]] = {"GET todo": {}, "LIST 50, the first": {}, "LIST 50, the last": {}}
    for count in ROWS:
        app, token = _made(folder / f"{count}.sqlite", count)
        with data_of(app).database.reading() as session:
            ids = session.scalars(select(Todo.id).order_by(Todo.id).limit(60)).all()
        size, end = f"{count:,}", write_cursor([ids[50]])
        found["GET todo"][size] = Asked(app, token, f"/api/v1/todos/{ids[5]}")
        found["LIST 50, the first"][size] = Asked(app, token, "/api/v1/todos?limit=50")
        found["LIST 50, the last"][size] = Asked(app, token, f"/api/v1/todos?limit=50&cursor={end}")
    return found


def _by_features(folder: Path) -> dict[str, dict[str, Asked]]:
    found: dict[str, dict[str, Asked]] = {"hello, JSON": {}, "GET todo": {}}
    for count in FEATURES:
        app, token = _made(folder / f"features-{count}.sqlite", 100, [_feature(number) for number in range(count)])
        with data_of(app).database.reading() as session:
            todo = session.scalars(select(Todo.id).limit(1)).one()
        found["hello, JSON"][str(count)] = Asked(app, token, "/api/v1/calculator/add?a=1&b=2")
        found["GET todo"][str(count)] = Asked(app, token, f"/api/v1/todos/{todo}")
    return found


def _feature(number: int) -> str:
    """Make a feature that does nothing, and return the name of its module."""
    module: Any = ModuleType(f"bench_feature_{number}")

    def register(_app: Flask, api: Blueprint) -> None:
        routes = Blueprint(f"feature{number}", module.__name__)
        for route in range(ROUTES_OF_EACH):
            routes.add_url_rule(f"/feature{number}/things{route}/<uuid:thing_id>", f"view{route}", endpoint(_nothing))
        api.register_blueprint(routes)

    module.register = register
    sys.modules[module.__name__] = module
    return module.__name__


def _nothing(thing_id: str) -> dict[str, str]:
    """Show nothing."""
    return {"id": thing_id}


def _made(path: Path, todos: int, features: list[str] | None = None) -> tuple[Flask, str]:
    """Return the starter on a database with so many todos of one user, and the access token of that user."""
    values = {"mode": "development", "database_url": f"sqlite:///{path}", "api_rate_limit": "100000000/minute"}
    values |= {"secret_key": "x" * 40, "jwt_secret_key": "y" * 40}
    app = create_app(Settings.load(environ={}, root=path.parent, **values))
    room = data_of(app)
    if features:
        from carboy.app import create_app as put_together
        from starter.features import FEATURES as OWN

        settings = Settings.load(environ={}, root=path.parent, **values)
        app = put_together("starter", settings, features=[*OWN, *features])
    room.migrations.upgrade(room.database)
    with room.database.transaction() as session:
        me = uuid7()
        known = {"email": EMAIL, "email_normalized": EMAIL, "role": "user", "confirmed_at": BEGAN}
        session.execute(insert(User), [{"id": me, "username": "ada", **known}])
        session.execute(update(User).values(password_hash=Hasher().hash(PASSWORD)))
        for rows in _rows(me, todos):
            session.execute(insert(Todo), rows)
            session.execute(insert(TodoPerson), [{"todo_id": row["id"], "user_id": me} for row in rows])
    body = json.dumps({"email": EMAIL, "password": PASSWORD})
    answer = app.test_client().post("/api/v1/tokens", data=body, content_type="application/json")
    return app, str(answer.json["access_token"])


def _rows(me: Any, count: int) -> Iterator[list[dict[str, object]]]:
    for start in range(0, count, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, count))
        ids = sorted(uuid7() for _ in numbers)
        yield [_row(todo_id, me, number) for todo_id, number in zip(ids, numbers, strict=True)]


def _row(todo_id: Any, me: Any, number: int) -> dict[str, object]:
    moment = BEGAN + timedelta(minutes=number)
    said = {"title": f"Todo {number}", "notes": "", "due_day": date(2026, 12, 24), "priority": number % 5 + 1}
    return {"id": todo_id, "owner_id": me, **said, "version": 1, "created_at": moment, "updated_at": moment}


if __name__ == "__main__":
    main()
