"""Everything that a user sees, in one file, for a while."""

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest


@pytest.fixture
def export(jobs):
    """Have an export made, and fetch it."""

    def fetch(who, form):
        answer = who("POST", "/todos/exports", {"format": form})
        assert answer.status_code == 202, answer.json
        jobs.drain()
        job = who("GET", answer.headers["Location"].removeprefix("/api/v1")).json
        assert job["state"] == "done", job
        return who("GET", f"/todos/exports/{job['result']['file_id']}")

    return fetch


@pytest.fixture
def household(ada, grace, eve):
    ada.makes("Milk", notes="Two\nlitres", due_on="2026-12-24", tags=["home", "shop"])
    ada.makes("Straße 7", assignees=["grace"])
    grace.makes("Hers and mine", assignees=["ada"])
    eve.makes("Not mine")


def test_an_export_for_a_program_has_everything_that_one_sees_and_nothing_else(ada, household, export):
    answer = export(ada, "json")

    rows = json.loads(answer.data)
    assert [row["title"] for row in rows] == ["Hers and mine", "Straße 7", "Milk"]
    assert (rows[2]["notes"], rows[2]["due_on"], rows[2]["tags"]) == ("Two\nlitres", "2026-12-24", ["home", "shop"])
    assert [rows[0]["owner"], rows[1]["assignees"]] == ["grace", ["grace"]]


def test_an_export_for_a_table_can_be_read_by_one(ada, household, export):
    answer = export(ada, "csv")

    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["title"] for row in rows] == ["Hers and mine", "Straße 7", "Milk"]
    assert (rows[2]["notes"], rows[2]["tags"]) == ("Two\nlitres", "home, shop")
    assert answer.content_type.startswith("text/csv")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="todos-')


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1+1", "\uff20A1"])
def test_no_cell_is_a_formula(ada, export, title):
    ada.makes(title)

    (row,) = csv.DictReader(io.StringIO(export(ada, "csv").data.decode("utf-8-sig")))

    assert row["title"] == f"'{title}"


@pytest.mark.parametrize("notes", ["\n=1+1", "  =1+1", "\u00a0=1", "\t1"], ids=ascii)
def test_no_cell_is_a_formula_behind_blanks(ada, export, notes):
    ada.makes("Milk", notes=notes)

    text = export(ada, "csv").data.decode("utf-8-sig")

    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["notes"] == f"'{notes}"


def test_a_table_that_is_cut_at_semicolons_has_no_cell_that_begins_inside_another(ada, export):
    ada.makes("Milk;=1+1")

    assert '"Milk;=1+1"' in export(ada, "csv").data.decode("utf-8-sig")


def test_a_zip_has_both_and_the_attachments(ada, export):
    todo = ada.makes()
    for _ in range(2):
        file = {"file": (io.BytesIO(b"Two litres"), "list.txt", "text/plain")}
        ada("POST", f"/todos/{todo['id']}/attachments", data=file, content_type="multipart/form-data")

    archive = zipfile.ZipFile(io.BytesIO(export(ada, "zip").data))

    names = archive.namelist()
    assert names[:2] == ["todos.csv", "todos.json"]
    assert [archive.read(name) for name in names[2:]] == [b"Two litres"] * 2
    assert all(name.startswith(f"attachments/{todo['id']}/") and ".." not in name for name in names[2:])


def test_an_export_is_longer_than_a_page(ada, export):
    for number in range(101):
        ada.makes(str(number))

    assert len(json.loads(export(ada, "json").data)) == 101


def test_an_export_of_nothing_is_an_empty_list(ada, export):
    assert json.loads(export(ada, "json").data) == []


def test_nobody_else_gets_an_export(ada, eve, export):
    url = export(ada, "json").request.path.removeprefix("/api/v1")

    assert eve("GET", url).status_code == 404


def test_an_export_is_there_for_a_week(ada, export, clock):
    url = export(ada, "json").request.path.removeprefix("/api/v1")

    clock.shift(timedelta(days=7, seconds=1))

    assert ada("GET", url).status_code in (401, 404)


def test_an_attachment_is_no_export(ada, export):
    todo = ada.makes()
    file = {"file": (io.BytesIO(b"Two litres"), "list.txt", "text/plain")}
    made = ada("POST", f"/todos/{todo['id']}/attachments", data=file, content_type="multipart/form-data").json

    assert ada("GET", f"/todos/exports/{made['id']}").status_code == 404


def test_a_form_that_is_none_is_refused(ada):
    assert ada("POST", "/todos/exports", {"format": "exe"}).status_code == 422


def test_a_new_export_takes_the_place_of_the_one_before(ada, export):
    before = export(ada, "json").request.path.removeprefix("/api/v1")

    after = export(ada, "csv").request.path.removeprefix("/api/v1")

    assert [ada("GET", url).status_code for url in (before, after)] == [404, 200]
