"""Uploads as they come over the wire: whole, broken off, hostile. What is refused leaves nothing."""

import io
import zipfile

import pictures
import pytest
import upload_shop
from sqlalchemy import func, select

from carboy.files.flask import files_of
from carboy.files.table import FILES
from carboy.settings import Settings

PDF = b"%PDF-1.7\n" + b"x" * 400_000


@pytest.fixture
def app(tmp_path):
    (tmp_path / "files").mkdir()
    settings = Settings.load(
        root=tmp_path,
        environ={},
        mode="testing",
        database_url=f"sqlite:///{tmp_path}/test.sqlite",
        files_store="folder",
        files_dir=tmp_path / "files",
        files_quota_bytes=1_000_000,
        files_max_pixels=100_000,
    )
    made = upload_shop.create_app(settings)
    yield made
    files_of(made).database.close()


@pytest.fixture
def left(app, keys_in):
    """How many rows and how many bytes' keys there are."""

    def count():
        with files_of(app).database.reading() as session:
            rows = session.scalar(select(func.count()).select_from(FILES))
        return rows, len(keys_in(files_of(app).store))

    return count


@pytest.fixture
def send(app):
    def post(content, name="plan.pdf", media_type="application/pdf", to="things", field="thing"):
        form = {field: (io.BytesIO(content), name, media_type)}
        return app.test_client().post(f"/api/v1/{to}", data=form)

    return post


def test_a_file_that_is_sent_is_fetched_as_it_was(app, send, left):
    sent = send(PDF, "../../Größe.pdf")

    fetched = app.test_client().get(f"/api/v1/things/{sent.json['id']}")

    assert (sent.status_code, fetched.data == PDF, left()) == (200, True, (1, 1))
    assert "filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf" in fetched.headers["Content-Disposition"]


def test_a_request_that_is_refused_later_keeps_no_file(send, left):
    assert send(PDF, to="refused-things").status_code == 409

    assert left() == (0, 0)


def test_whoever_is_over_their_quota_is_told_beside_the_field(send, left):
    assert [send(PDF).status_code for _ in range(3)] == [200, 200, 422]

    refused = send(PDF)
    assert "may take 976.6 KiB together" in refused.text
    assert left() == (2, 2)


def zip_bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 50_000_000)
    return file.getvalue()


def test_an_archive_is_kept_as_the_bytes_that_it_is(app, send):
    bomb = zip_bomb()

    sent = send(bomb, "bomb.zip", "application/zip")

    fetched = app.test_client().get(f"/api/v1/things/{sent.json['id']}")
    assert fetched.data == bomb
    assert fetched.headers["Content-Disposition"].startswith("attachment;")


REFUSED = {
    "a drawing that runs": (b"<svg onload='alert(1)'/>", "a.svg", "image/svg+xml"),
    "a page": (b"<script>alert(1)</script>", "a.html", "text/html"),
    "a page that is said to be a picture": (b"<script>alert(1)</script>", "a.png", "image/png"),
    "two endings": (pictures.telling_png(), "a.png.exe", "image/png"),
    "a NUL in its name": (pictures.telling_png(), "a.php\0.png", "image/png"),
    "no name": (pictures.telling_png(), "", "image/png"),
    "a picture over FILES_MAX_PIXELS": (pictures.vast_png(400, 400), "a.png", "image/png"),
    "a vast picture": (pictures.vast_png(), "a.png", "image/png"),
    "a truncated picture": (pictures.telling_jpeg()[:-40], "a.jpg", "image/jpeg"),
    "too many bytes": (pictures.telling_png() + b"\0" * 300_000, "a.png", "image/png"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_picture_is_refused_beside_its_field_and_leaves_nothing(send, left, case):
    content, name, media_type = REFUSED[case]

    answer = send(content, name, media_type, to="pictures", field="photo")

    assert answer.status_code in (413, 422), answer.text
    assert "photo" in answer.text or answer.status_code == 413
    assert left() == (0, 0)


def test_a_picture_with_an_archive_behind_it_is_kept_without(app, send):
    polyglot = pictures.telling_png() + zip_bomb()

    sent = send(polyglot, "a" * 300 + ".png", "image/png", to="pictures", field="photo")

    fetched = app.test_client().get(f"/api/v1/things/{sent.json['id']}")
    assert fetched.status_code == 200
    assert not zipfile.is_zipfile(io.BytesIO(fetched.data))
    assert files_of(app).used_by("user:ada") == len(fetched.data) < len(polyglot)
