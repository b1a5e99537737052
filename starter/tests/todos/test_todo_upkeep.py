"""What many users, long names and unknown places do to the work in the background."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
from carboy.data import uuid7
from carboy.data.flask import data_of
from carboy.errors import Conflict
from carboy.files.table import FILE_CHUNKS
from sqlalchemy import func, select

from starter.todos import attachments, digests, domain
from starter.todos.backend import TodosBackend

TEN_IN_LONDON = datetime(2026, 12, 24, 10, tzinfo=UTC)


def hang(ada, todo, name="list.txt"):
    file = {"file": (io.BytesIO(b"Two litres"), name, "text/plain")}
    return ada("POST", f"/todos/{todo['id']}/attachments", data=file, content_type="multipart/form-data")


class Zones:
    def __init__(self, *zones):
        self._zones = zones

    def zones(self):
        return self._zones


@pytest.mark.parametrize("zone", ["Mars/Phobos", "", "../etc/passwd", "Europe"])
def test_a_place_that_this_machine_does_not_know_keeps_nobody_else_waiting(zone):
    day = TEN_IN_LONDON.date()

    assert digests.mornings(Zones(zone, "Europe/London"), TEN_IN_LONDON) == {zone: day, "Europe/London": day}


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)], ids=str)
def test_a_morning_is_as_long_on_the_days_on_which_clocks_are_changed(day):
    quarters = [day.replace(hour=hour, minute=minute) for hour in range(24) for minute in (0, 15, 30, 45)]

    hits = [digests.mornings(Zones("Europe/Berlin"), moment) for moment in quarters]

    assert [hit for hit in hits if hit] == [{"Europe/Berlin": day.date()}] * 20


def test_what_a_full_todo_refuses_leaves_no_bytes_behind(app, ada, monkeypatch):
    monkeypatch.setattr(attachments, "MOST_FILES", 1)
    todo = ada.makes()
    assert hang(ada, todo).status_code == 201

    answers = [hang(ada, todo) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [409] * 3
    with data_of(app).database.reading() as session:
        assert session.scalar(select(func.count(FILE_CHUNKS.c.file_id.distinct()))) == 1


def test_whoever_asks_for_an_export_while_one_is_under_way_gets_that_one(ada, grace):
    asked = [who("POST", "/todos/exports", {"format": "zip"}).json["id"] for who in (ada, ada, grace)]

    assert asked[0] == asked[1] != asked[2]


def test_a_zip_can_be_unpacked_however_long_the_names_are(ada, jobs, tmp_path):
    assert hang(ada, ada.makes(), "ü" * 200 + ".txt").status_code == 201
    asked = ada("POST", "/todos/exports", {"format": "zip"})
    jobs.drain()
    job = ada("GET", asked.headers["Location"].removeprefix("/api/v1")).json

    content = ada("GET", f"/todos/exports/{job['result']['file_id']}").data

    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path)
    assert [path.read_bytes() for path in tmp_path.glob("attachments/*/*/*")] == [b"Two litres"]


def test_an_account_that_went_in_the_middle_of_a_request_makes_no_todo(db):
    with db.transaction(), pytest.raises(Conflict, match="account"):
        domain.create(TodosBackend(db), uuid7(), {"title": "Milk"})
