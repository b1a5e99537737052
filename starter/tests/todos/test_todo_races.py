"""Two at once: where several write at the same moment, one waits for the other, and nobody is refused for it."""

import io
from datetime import date, timedelta
from functools import partial

import pytest
from carboy.context import utc_now
from carboy.data.flask import data_of
from carboy.files.flask import files_of
from racing import at_once, codes, migrated_app
from sqlalchemy import delete, update

from starter.accounts.domain import User
from starter.todos import domain
from starter.todos.backend import TodosBackend
from starter.todos.models import Todo
from starter.todos.readers import ReadersBackend

__all__ = ["migrated_app"]  # the fixture `migrated`

TIMES = 4


@pytest.fixture
def app(migrated):
    yield migrated
    with data_of(migrated).database.transaction() as session:
        session.execute(delete(User))


def hang(ada, todo):
    file = {"file": (io.BytesIO(b"Two litres"), "list.txt", "text/plain")}
    return ada("POST", f"/todos/{todo['id']}/attachments", data=file, content_type="multipart/form-data")


def test_files_that_are_dropped_together_on_a_todo_all_hang_on_it(ada):
    todo = ada.makes()

    answers = at_once(*[lambda: hang(ada, todo)] * 5)

    assert codes(answers) == [201] * 5
    shown = ada("GET", f"/todos/{todo['id']}").json
    assert (len(shown["attachments"]), shown["version"]) == (5, todo["version"] + 5)


def test_whoever_takes_a_file_off_stands_in_nobodys_way_who_hangs_one_on(ada):
    for _ in range(TIMES):
        todo = ada.makes()
        url = hang(ada, todo).json["url"].removeprefix("/api/v1")

        answers = at_once(partial(ada, "DELETE", url), partial(hang, ada, todo))

        assert codes(answers) == [201, 204]


def test_changes_that_say_of_no_version_are_made_one_after_the_other(ada):
    path = f"/todos/{ada.makes(due_on='2020-01-01')['id']}"

    answers = at_once(
        lambda: ada("PATCH", path, {"title": "Oat milk"}),
        lambda: ada("PATCH", path, {"tags": ["shop"]}),
        lambda: ada("PATCH", path, {"priority": 1}),
        lambda: ada("POST", "/todos/complete", {"due_before": "2020-01-02"}),
    )

    assert codes(answers) == [200] * 4
    todo = ada("GET", path).json
    assert (todo["title"], todo["tags"], todo["priority"], todo["done"]) == ("Oat milk", ["shop"], 1, True)


def test_of_changes_of_one_version_one_is_made(ada):
    todo = ada.makes()
    seen = {"If-Match": f'"{todo["version"]}"'}

    answers = at_once(*[lambda: ada("PATCH", f"/todos/{todo['id']}", {"title": "Oat milk"}, headers=seen)] * 4)

    assert codes(answers) == [200, 412, 412, 412]


def test_what_was_brought_back_is_not_swept_away(app, ada):
    database = data_of(app).database

    def sweep():
        with database.transaction():
            return domain.sweep(TodosBackend(database), files_of(app))

    for _ in range(TIMES):
        todo = ada.makes()
        path = f"/todos/{todo['id']}"
        hang(ada, todo)
        ada("DELETE", path)
        with database.transaction() as session:
            long_ago = utc_now() - domain.UNDO_FOR - timedelta(days=1)
            session.execute(update(Todo).where(Todo.deleted_at.is_not(None)).values(deleted_at=long_ago))

        swept, answer = at_once(sweep, partial(ada, "POST", f"{path}/restore"))

        shown = ada("GET", path)
        assert (swept, answer.status_code, shown.status_code) in [(1, 404, 404), (0, 200, 200)]
        assert len(shown.json.get("attachments", [])) == (1 if answer.status_code == 200 else 0)


def test_whoever_looks_for_readers_at_the_same_moment_none_is_thought_of_twice(app, asker):
    readers = {asker(f"reader{number}").user.id for number in range(8)}
    database = data_of(app).database

    def claim(day):
        with database.transaction():
            return ReadersBackend(database).claim("UTC", day, 100)

    for day in range(1, TIMES + 1):
        claims = at_once(*[partial(claim, date(2026, 12, day))] * 4)

        claimed = [user_id for found in claims for user_id in found]
        assert len(claimed) == len(set(claimed))
        assert set(claimed) <= readers
    assert set(claim(date(2026, 12, 24))) == readers
