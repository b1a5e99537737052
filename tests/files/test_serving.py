"""A file is sent as bytes to be saved, in whole or in part, and nothing in it runs."""

import pytest
import upload_shop
from hypothesis import given
from hypothesis import strategies as st

from carboy.files.flask import files_of
from carboy.files.serving import part_wanted
from carboy.settings import Settings

SIZE = 600_000


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    root = tmp_path_factory.mktemp("shop")
    url = f"sqlite:///{root}/shop.sqlite"
    made = upload_shop.create_app(Settings.load(root=root, environ={}, mode="testing", database_url=url))
    yield made
    files_of(made).database.close()


@pytest.fixture
def kept(app, stream):
    return files_of(app).keep(stream(SIZE), owner="user:ada", name='größe "1".pdf', media_type="application/pdf")


@pytest.fixture
def whole(stream):
    return stream(SIZE).read()


@pytest.fixture
def get(app, kept):
    def ask(*, of=kept, method="GET", address="things", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return app.test_client().open(f"/api/v1/{address}/{of.id}", method=method, headers=named)

    return ask


def test_a_file_is_sent_to_be_saved_and_so_that_nothing_in_it_runs(get, kept, whole):
    answer = get()

    assert (answer.status_code, answer.data) == (200, whole)
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"groe _1_.pdf\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20_1_.pdf"
    )
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["ETag"] == f'"{kept.digest}"'
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Content-Type"] == "application/pdf"


@pytest.mark.parametrize(
    "media_type",
    ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/javascript", "x", "", "text/html;x"],
)
def test_what_a_browser_would_run_is_sent_as_bytes_alone(app, get, stream, media_type):
    page = files_of(app).keep(stream(), owner="user:ada", name="page.html", media_type=media_type)

    for address in ("things", "pictures"):
        answer = get(of=page, address=address)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(("media_type", "how"), [("image/png", "inline"), ("application/pdf", "attachment")])
def test_only_pictures_are_shown_and_only_where_a_view_says_so(app, get, stream, media_type, how):
    one = files_of(app).keep(stream(), owner="user:ada", name="one", media_type=media_type)

    assert get(of=one, address="pictures").headers["Content-Disposition"].startswith(f"{how};")
    assert get(of=one).headers["Content-Disposition"].startswith("attachment;")


def test_text_is_text_of_unicode(app, get, stream):
    text = files_of(app).keep(stream(), owner="user:ada", name="a.txt", media_type="text/plain")

    assert get(of=text).headers["Content-Type"] == "text/plain; charset=utf-8"


def test_whoever_has_the_file_is_told_so(get, kept):
    answer = get(If_None_Match=f'"{kept.digest}"')

    assert (answer.status_code, answer.data) == (304, b"")
    assert get(If_None_Match='"another"').status_code == 200


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=262143-262145", 262143, 262146),
        ("bytes=599990-", 599990, SIZE),
        ("bytes=-10", SIZE - 10, SIZE),
        ("bytes=5-99999999", 5, SIZE),
        ("bytes=-99999999", 0, SIZE),
    ],
)
def test_a_part_that_is_asked_for_is_sent_alone(get, whole, asked, start, stop):
    answer = get(Range=asked)

    assert (answer.status_code, answer.data) == (206, whole[start:stop])
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer.headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=-0"])
def test_a_part_beyond_the_end_cannot_be_had(get, asked):
    answer = get(Range=asked)

    assert (answer.status_code, answer.data) == (416, b"")
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked", ["lines=1-2", "bytes=5-1", "bytes=0-1,5-6", "bytes=a-b", "bytes", "bytes=", "bytes=-"]
)
def test_a_range_that_we_do_not_give_is_as_if_it_were_not_there(get, whole, asked):
    answer = get(Range=asked)

    assert (answer.status_code, answer.data) == (200, whole)


def test_a_part_of_another_version_is_not_sent(get, kept, whole):
    assert get(Range="bytes=0-9", If_Range=f'"{kept.digest}"').status_code == 206
    assert get(Range="bytes=0-9", If_Range='"another"').data == whole
    assert get(Range="bytes=0-9", If_Range=f'W/"{kept.digest}"').data == whole
    assert get(Range="bytes=0-9", If_Range="Wed, 21 Oct 2026 07:28:00 GMT").data == whole


def test_who_asks_for_the_head_gets_no_body(get):
    answer = get(method="HEAD", Range="bytes=0-9")

    assert (answer.status_code, answer.data, answer.headers["Content-Length"]) == (200, b"", str(SIZE))


def test_a_file_of_no_bytes_is_sent(app, get, stream):
    empty = files_of(app).keep(stream(0), owner="user:ada")

    assert (get(of=empty).status_code, get(of=empty).data) == (200, b"")
    assert get(of=empty, Range="bytes=0-0").status_code == 416


@given(st.text(alphabet="bytes=-0123456789, ", max_size=30) | st.text(), st.integers(0, 1000))
def test_no_range_asks_for_bytes_that_are_not_there(header, size):
    part = part_wanted(header, size)

    assert part is None or (0 <= part.start <= part.stop <= size)


def test_an_application_without_files_says_how_to_have_them(make_app):
    from carboy.errors import SetupError

    with pytest.raises(SetupError, match=r"carboy\.files\.init_app"):
        files_of(make_app())


def test_health_looks_whether_files_can_be_kept(tmp_path):
    (tmp_path / "files").mkdir()
    values = {"database_url": f"sqlite:///{tmp_path}/shop.sqlite", "files_dir": tmp_path / "files"}
    settings = Settings.load(root=tmp_path, environ={}, mode="testing", files_store="folder", **values)
    app = upload_shop.create_app(settings)
    before = app.test_client().get("/health").json["checks"]["files"]

    (tmp_path / "files").rmdir()

    assert (before, app.test_client().get("/health").json["checks"]["files"]) == ("ok", "failing")
    files_of(app).database.close()
