"""Whether a stack does the work that it is timed for: who asks is known, what is not theirs is not shown, what is wrong
is refused, and what was accepted is there afterwards. Whoever does not is not measured.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator

from bench.versus.asking import Asker
from bench.versus.data import Rows
from bench.versus.stacks import Stack

FIELDS = {
    "id", "title", "notes", "due_on", "priority", "done", "done_at", "tags", "owner", "assignees", "attachments",
    "version", "created_at", "updated_at",
}  # fmt: skip
_SHUT, _WRONG = {401, 403, 422}, {400, 422}
_GOOD = {"title": "Of the proof", "notes": "", "priority": 1, "tags": ["proof"]}


def lies(stack: Stack, asker: Asker, rows: Rows) -> list[str]:
    """Return what it does not do."""
    checks = [_shows(asker, rows), _keeps(asker)]
    if stack.knows_users:
        checks += [_knows_users(asker, rows), _judges(asker)]
    if "page" in stack.work:
        checks.append(_pages(asker))
    return [one for found in checks for one in found]


def _shows(asker: Asker, rows: Rows) -> Iterator[str]:
    one = asker.json("GET", f"/api/v1/todos/{rows.todos[5]}")
    page = asker.json("GET", "/api/v1/todos?limit=50")
    listed = page.get("items") or page["results"]
    for todo in (one, listed[0], listed[-1]):
        if set(todo) != FIELDS:
            yield f"shows other fields: {sorted(set(todo) ^ FIELDS)}"
    if [todo["id"] for todo in listed] != rows.todos[::-1][:50]:
        yield "lists others than the fifty newest, the newest first"
    whole = {todo["id"]: todo for todo in listed}.get(rows.todos[60], {})
    if (whole.get("tags"), [user["username"] for user in whole.get("assignees", [])]) != (["home"], ["user001"]):
        yield f"forgets who is to do it, or the tags: {whole}"
    if whole.get("owner", {}).get("full_name") != "Ada Number 0":
        yield f"does not say whose it is: {whole.get('owner')}"


def _keeps(asker: Asker) -> Iterator[str]:
    headers = {**asker.bearer, "Content-Type": "application/json"}
    made = asker.json("POST", "/api/v1/todos", json.dumps(_GOOD), headers)
    path = f"/api/v1/todos/{made['id']}"
    if asker.json("GET", path)["tags"] != ["proof"]:
        yield "does not keep what is made"
    seen = headers | {"If-Match": f'"{made["version"]}"'}
    changed = asker.json("PATCH", path, json.dumps({"title": "Changed", "priority": 2}), seen)
    there = asker.json("GET", path)
    if (there["title"], there["version"], changed["version"]) != ("Changed", made["version"] + 1, there["version"]):
        yield f"does not keep what is changed: {there}"
    status, _said, _headers = asker.ask("PATCH", path, json.dumps({"title": "Again", "priority": 2}), seen)
    if status != 412:
        yield f"lets somebody overwrite what they have not seen: {status}"


def _knows_users(asker: Asker, rows: Rows) -> Iterator[str]:
    mine = f"/api/v1/todos/{rows.todos[5]}"
    said = asker.bearer["Authorization"].removeprefix("Bearer ")
    for name, token in {
        "nobody": None,
        "a forger": _forged(said, {}),
        "an old token": _forged(said, {"exp": 1}),
    }.items():
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if (status := asker.ask("GET", mine, headers=headers)[0]) not in _SHUT:
            yield f"lets {name} in: {status}"
    if (status := asker.ask("GET", f"/api/v1/todos/{rows.foreign}")[0]) != 404:
        yield f"shows what is somebody else's: {status}"


def _judges(asker: Asker) -> Iterator[str]:
    headers = {**asker.bearer, "Content-Type": "application/json"}
    for wrong in ({"title": ""}, {"title": "x" * 201}, {"priority": 9}, {"due_on": "soon"}):
        status = asker.ask("POST", "/api/v1/todos", json.dumps(_GOOD | wrong), headers)[0]
        if status not in _WRONG:
            yield f"takes {wrong}: {status}"


def _pages(asker: Asker) -> Iterator[str]:
    status, page, _headers = asker.ask("GET", "/todos", headers={"Cookie": asker.cookie})
    rows = page.count(b"Number 0") + page.count(b"Todo ")
    if status != 200 or rows < 20:
        yield f"shows no page of twenty todos: {status}, {rows}"


def _forged(token: str, changes: dict[str, object]) -> str:
    """Return the same token with another key under it."""
    head, body, _signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    said |= {"exp": int(time.time()) + 900} | changes
    text = f"{head}.{_base64(json.dumps(said).encode())}"
    return f"{text}.{_base64(hmac.digest(b'another key, of whoever forges it', text.encode(), hashlib.sha256))}"


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
