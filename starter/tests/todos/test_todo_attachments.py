"""Files that hang on todos: what is taken, who gets it, and how it is served."""

import io

import pytest
from carboy.data.flask import data_of
from carboy.files.flask import files_of
from carboy.files.table import FILES
from PIL import Image
from sent_pictures import HOSTILE_PICTURES, huge, picture
from sqlalchemy import select

TEXT = (b"Two litres", "list.txt", "text/plain")


@pytest.fixture
def hang(ada):
    """Hang a file on a todo of somebody."""

    def attach(todo, content=TEXT[0], name=TEXT[1], media_type=TEXT[2], *, by=ada):
        part = {"file": (io.BytesIO(content), name, media_type)}
        return by("POST", f"/todos/{todo['id']}/attachments", data=part, content_type="multipart/form-data")

    return attach


@pytest.fixture
def kept(app):
    """How many files are kept."""

    def count():
        with data_of(app).database.reading() as session:
            return len(session.execute(select(FILES.c.id)).all())

    return count


def test_a_file_hangs_on_a_todo_and_comes_back_as_it_was(ada, hang):
    todo = ada.makes()

    answer = hang(todo)

    assert answer.status_code == 201
    assert (answer.json["name"], answer.json["media_type"], answer.json["size"]) == ("list.txt", "text/plain", 10)
    shown = ada("GET", f"/todos/{todo['id']}").json
    assert shown["attachments"] == [answer.json]
    assert shown["version"] == todo["version"] + 1
    fetched = ada("GET", answer.json["url"].removeprefix("/api/v1"))
    assert fetched.data == b"Two litres"
    assert fetched.headers["Content-Disposition"].startswith('attachment; filename="list.txt"')
    assert fetched.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_everybody_who_sees_a_todo_may_hang_files_on_it_and_nobody_else(ada, grace, eve, hang):
    todo = ada.makes(assignees=["grace"])

    answers = [hang(todo, by=who) for who in (ada, grace, eve)]

    assert [answer.status_code for answer in answers] == [201, 201, 404]


def test_s66_nobody_gets_a_file_of_a_todo_that_they_do_not_see(ada, eve, hang):
    """S66: neither at its own place nor beside a todo of theirs."""
    url = hang(ada.makes()).json["url"].removeprefix("/api/v1")
    mine = eve.makes()

    answers = [
        eve(method, path)
        for method in ("GET", "DELETE")
        for path in (url, f"/todos/{mine['id']}/attachments/{url.rpartition('/')[2]}")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert ada("GET", url).status_code == 200


def test_a_picture_is_kept_without_what_the_camera_wrote_into_it(ada, hang):
    exif = Image.Exif()
    exif[0x010E] = "at 52.5N 13.4E"
    todo = ada.makes()

    answer = hang(todo, picture("JPEG", exif=exif) + b"<script>alert(1)</script>", "p.jpg", "image/jpeg")

    fetched = ada("GET", answer.json["url"].removeprefix("/api/v1"))
    assert fetched.content_type == "image/jpeg"
    assert b"52.5N" not in fetched.data
    assert b"<script>" not in fetched.data
    assert fetched.headers["Content-Disposition"].startswith("inline")


def test_a_picture_gets_a_thumbnail_in_the_background(ada, hang, jobs):
    url = hang(ada.makes(), picture(size=(1000, 500)), "p.png", "image/png").json["url"].removeprefix("/api/v1")
    assert ada("GET", f"{url}/thumbnail").status_code == 404

    jobs.drain()

    small = ada("GET", f"{url}/thumbnail")
    assert small.status_code == 200
    assert max(Image.open(io.BytesIO(small.data)).size) <= 320


HOSTILE = HOSTILE_PICTURES | {
    "a page": (b"<script>alert(1)</script>", "p.html", "text/html"),
    "a name with two endings": (b"MZ", "p.png.exe", "image/png"),
    "a program, called text": (b"MZ\0\0", "p.txt", "text/plain"),
    "nothing at all": (b"", "", "text/plain"),
    "an archive": (b"PK\x03\x04", "p.zip", "application/zip"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_not_taken_is_refused_and_the_todo_stays(ada, hang, kept, case):
    todo = ada.makes()

    answer = hang(todo, *HOSTILE[case])

    assert answer.status_code == 422, answer.json
    assert ada("GET", f"/todos/{todo['id']}").json == todo
    assert kept() == 0


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.txt", "a\u202egpj.txt", "x" * 300 + ".txt", "..\\..\\boot.txt", "CON.txt"]
)
def test_a_hostile_name_is_harmless_where_it_is_shown(ada, hang, name):
    answer = hang(ada.makes(), name=name)

    assert answer.status_code in (201, 422)
    if answer.status_code == 201:
        assert not set(answer.json["name"]) & set("/\\\0\u202e")
        assert len(answer.json["name"]) <= 255


def test_s65_a_picture_that_would_fill_the_memory_is_refused_by_its_header(ada, hang):
    """S65: twenty thousand pixels by twenty thousand, of which nothing is decoded."""
    answer = hang(ada.makes(), huge(), "p.png", "image/png")

    assert answer.status_code == 422


def test_a_file_that_is_too_large_is_refused(ada, kept):
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="l.txt"\r\nContent-Type: text/plain\r\n\r\n'
    body = part + b"x" * 10_000_001 + b"\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"

    answer = ada("POST", f"/todos/{ada.makes()['id']}/attachments", data=body, content_type=kind)

    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "maxLength")
    assert kept() == 0


def test_no_more_than_twenty_files_hang_on_a_todo(ada, hang, kept):
    todo = ada.makes()

    answers = [hang(todo) for _ in range(21)]

    assert [answer.status_code for answer in answers] == [201] * 20 + [409]
    assert kept() == 20


def test_a_file_that_is_taken_off_is_gone(ada, hang, kept):
    todo = ada.makes()
    url = hang(todo).json["url"].removeprefix("/api/v1")

    assert ada("DELETE", url).status_code == 204

    assert ada("GET", url).status_code == 404
    assert ada("GET", f"/todos/{todo['id']}").json["attachments"] == []
    assert kept() == 0


def test_what_hangs_on_a_todo_is_charged_to_its_owner(app, ada, grace, hang):
    hang(ada.makes(assignees=["grace"]), by=grace)

    assert files_of(app).used_by(f"user:{ada.user.id}") == 10
    assert files_of(app).used_by(f"user:{grace.user.id}") == 0


def test_who_goes_takes_their_files_along(ada, hang, kept):
    hang(ada.makes())

    ada("DELETE", "/users/me")

    assert kept() == 0


def test_an_ending_may_be_written_in_capitals(ada, hang):
    assert hang(ada.makes(), picture(), "P.PNG", "image/png").status_code == 201
