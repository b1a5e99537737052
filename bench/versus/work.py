"""What is asked for. It is the same of every stack, at the same addresses."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from bench.versus.asking import Asker
from bench.versus.data import EMAIL, PASSWORD, Rows

_MEGABYTE = "A line of a text of which there is a megabyte, more or less. 012\n" * 16384
_TODO = {"title": "Write the report", "notes": "Some text that is a little longer.", "priority": 3, "tags": ["work"]}
_PROJECT = {"licence": "MIT", "homepage": "https://example.org/", "description": "What it is good for."}


@dataclass(frozen=True)
class Request:
    """One request. `{n}` in a body is another number each time; a version goes up with each turn, as If-Match."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    version: int | None = None

    def as_asked(self, number: int, turn: int) -> tuple[str, str, bytes | None, dict[str, str]]:
        """Return it as http.client takes it, the number of the request and the turn put in."""
        headers = dict(self.headers)
        if self.version is not None:
            headers["If-Match"] = f'"{self.version + turn}"'
        body = self.body.replace("{n}", str(number)).encode() if self.body is not None else None
        return self.method, self.path, body, headers


@dataclass(frozen=True)
class Work:
    """A kind of request, and what must come of it."""

    name: str
    requests: Callable[[Asker, Rows], list[Request]]
    status: int = 200
    needs: str | None = None  # what not every stack does: page, foss, files
    needs_users: bool = False
    is_quick: bool = False  # is measured by the gate as well
    is_slow: bool = False  # is measured three times as long: one takes a good part of a second


def _json(asker: Asker) -> dict[str, str]:
    return {**asker.bearer, "Content-Type": "application/json"}


def _hello(_asker: Asker, _rows: Rows) -> list[Request]:
    return [Request("GET", "/api/v1/calculator/add?a=20&b=22")]


def _one_todo(asker: Asker, rows: Rows) -> list[Request]:
    return [Request("GET", f"/api/v1/todos/{todo}", asker.bearer) for todo in rows.todos[:20]]


def _fifty_todos(asker: Asker, _rows: Rows) -> list[Request]:
    return [Request("GET", "/api/v1/todos?limit=50", asker.bearer)]


def _new_todo(asker: Asker, _rows: Rows) -> list[Request]:
    return [Request("POST", "/api/v1/todos", _json(asker), json.dumps(_TODO))]


def _changed_todo(asker: Asker, rows: Rows) -> list[Request]:
    return _changes(asker, "todos", rows.todos, {"title": "Write it anew", "priority": 2})


def _changed_project(asker: Asker, rows: Rows) -> list[Request]:
    return _changes(asker, "foss", rows.projects, {"description": "What else it is good for: {n}"})


def _changes(asker: Asker, what: str, ids: list[str], said: dict[str, Any]) -> list[Request]:
    body, headers = json.dumps(said), _json(asker)
    paths = [f"/api/v1/{what}/{one}" for one in ids[:60]]
    return [Request("PATCH", path, headers, body, asker.json("GET", path)["version"]) for path in paths]


def _page(asker: Asker, _rows: Rows) -> list[Request]:
    return [Request("GET", "/todos", {"Cookie": asker.cookie})]


def _log_in(_asker: Asker, _rows: Rows) -> list[Request]:
    body = json.dumps({"email": EMAIL, "password": PASSWORD})
    return [Request("POST", "/api/v1/tokens", {"Content-Type": "application/json"}, body)]


def _nowhere(asker: Asker, _rows: Rows) -> list[Request]:
    return [Request("GET", "/api/v1/todos/0197e000-0000-7000-8000-000000000000", asker.bearer)]


def _wrong(asker: Asker, _rows: Rows) -> list[Request]:
    return [Request("POST", "/api/v1/todos", _json(asker), json.dumps(_TODO | {"priority": 9, "title": ""}))]


def _one_project(_asker: Asker, rows: Rows) -> list[Request]:
    return [Request("GET", f"/api/v1/foss/{project}") for project in rows.projects[:20]]


def _fifty_projects(_asker: Asker, _rows: Rows) -> list[Request]:
    return [Request("GET", "/api/v1/foss?limit=50")]


def _new_project(asker: Asker, _rows: Rows) -> list[Request]:
    body = json.dumps(_PROJECT | {"name": f"Project {token_hex(4)} {{n}}"})
    return [Request("POST", "/api/v1/foss", _json(asker), body)]


def _upload(asker: Asker, _rows: Rows) -> list[Request]:
    """Return requests for todos that were made for this: each takes so many files and no more.

    They are not the newest: a list of those would show hundreds of files, of the stacks alone that take files.
    """
    body = json.dumps(_TODO)
    made = [asker.json("POST", "/api/v1/todos", body, _json(asker))["id"] for _ in range(15 + 50)]
    return [_uploaded(asker, todo) for todo in made[:15]]


def _uploaded(asker: Asker, todo: str) -> Request:
    boundary = token_hex(8)
    part = 'Content-Disposition: form-data; name="file"; filename="text.txt"\r\nContent-Type: text/plain\r\n\r\n'
    body = f"--{boundary}\r\n{part}{_MEGABYTE}\r\n--{boundary}--\r\n"
    headers = {**asker.bearer, "Content-Type": f"multipart/form-data; boundary={boundary}"}
    return Request("POST", f"/api/v1/todos/{todo}/attachments", headers, body)


def _download(asker: Asker, rows: Rows) -> list[Request]:
    first = _uploaded(asker, rows.todos[60])
    made = asker.json(first.method, first.path, first.body, first.headers)
    return [Request("GET", made["url"], asker.bearer)]


WORKS = (
    Work("hello, JSON", _hello),
    Work("GET todo", _one_todo, is_quick=True),
    Work("LIST 50 todos", _fifty_todos, is_quick=True),
    Work("POST todo", _new_todo, 201, is_quick=True),
    Work("PATCH todo", _changed_todo, is_quick=True),
    Work("page, 20 todos", _page, needs="page", is_quick=True),
    Work("GET foss", _one_project, needs="foss", is_quick=True),
    Work("LIST 50 foss", _fifty_projects, needs="foss", is_quick=True),
    Work("POST foss", _new_project, 201, needs="foss", is_quick=True),
    Work("PATCH foss", _changed_project, needs="foss", is_quick=True),
    Work("404", _nowhere, 404),
    Work("422", _wrong, 422, needs_users=True),
    Work("upload 1 MB", _upload, 201, needs="files", is_slow=True),
    Work("download 1 MB", _download, needs="files"),
    # The last one: whoever signs in so often has their oldest sign-ins ended.
    Work("log in", _log_in, needs_users=True, is_slow=True),
)
