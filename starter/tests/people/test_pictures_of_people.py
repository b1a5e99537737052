"""Pictures of people: what is taken, what becomes of it, and when it goes."""

import io
import re

import pytest
from carboy.data import uuid7
from carboy.errors import Conflict
from carboy.files.flask import files_of
from PIL import Image
from sent_pictures import HOSTILE_PICTURES, Sent, huge, opened, picture

from starter.people import domain
from starter.people.backend import PeopleBackend


def test_a_picture_is_made_anew_as_a_square_that_tells_nothing(ada):
    exif = Image.Exif()
    exif[0x010E] = "at 52.5N 13.4E"
    sent = picture("JPEG", (640, 480), exif=exif) + b"<script>alert(1)</script>"

    answer = ada.shows(sent, "me.jpg", "image/jpeg")

    assert answer.status_code == 200, answer.json
    assert answer.json["picture_url"] == f"/api/v1{ada.face}"
    image = opened(ada("GET", ada.face))
    assert (image.format, image.size, dict(image.getexif())) == ("WEBP", (256, 256), {})
    assert not any(secret in ada("GET", ada.face).data for secret in (b"52.5N", b"<script>"))


@pytest.mark.parametrize(
    ("form", "name", "media_type"),
    [
        ("PNG", "ME.PNG", "image/png"),
        ("JPEG", "me.jpeg", "image/jpeg"),
        ("GIF", "me.gif", "image/gif"),
        ("WEBP", "me.webp", "image/webp"),
    ],
)
def test_every_usual_kind_of_picture_is_taken(ada, form, name, media_type):
    assert ada.shows(picture(form, (30, 20)), name, media_type).status_code == 200
    assert opened(ada("GET", ada.face)).size == (256, 256)


def test_a_picture_is_shown_and_not_run_and_kept_by_the_browser_of_whoever_may_see_it(ada):
    ada.shows()

    for headers in (ada("GET", ada.face).headers, ada.opens(ada.face).headers):
        assert headers["Content-Disposition"].startswith("inline")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["Cache-Control"] == "private, no-cache"
    seen = {"If-None-Match": ada.opens(ada.face).headers["ETag"]}
    assert ada.browser.get(ada.face, headers=seen).status_code == 304


HOSTILE = HOSTILE_PICTURES | {
    "a page behind the first bytes of a picture": (b"\x89PNG\r\n\x1a\n<html>", "p.png", "image/png"),
    "a text": (b"hello", "p.txt", "text/plain"),
    "nothing at all": (b"", "", "image/png"),
    "more pixels than fit into memory": (huge(), "p.png", "image/png"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_picture_is_refused_beside_its_field_and_the_one_before_stays(ada, kept, case):
    ada.shows()
    before = ada("GET", ada.face).data
    content, name, media_type = HOSTILE[case]

    answer = ada.shows(content, name, media_type)
    page = ada.browser.send("/people/me/picture", file=(io.BytesIO(content), name, media_type))

    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert page.status_code == 422
    assert 'id="field-file-wrong"' in page.text
    assert ada("GET", ada.face).data == before
    assert kept() == (1, 1)


@pytest.mark.parametrize(("size", "status"), [(5_000_001, 422), (6_000_000, 413)])
def test_a_picture_that_is_too_large_is_refused(ada, kept, size, status):
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="p.png"\r\nContent-Type: image/png\r\n\r\n'
    body = part + picture().ljust(size, b"\0") + b"\r\n--x--\r\n"

    answer = ada("PUT", "/people/me/picture", data=body, content_type="multipart/form-data; boundary=x")

    assert answer.status_code == status
    assert kept() == (0, 0)


def test_another_picture_drops_the_one_before(ada, kept):
    ada.shows(picture(colour="red"))
    before = ada("GET", ada.face)

    ada.shows(picture(colour="blue"))

    after = ada("GET", ada.face)
    assert after.headers["ETag"] != before.headers["ETag"]
    assert opened(after).convert("RGB").getpixel((128, 128))[2] > 200
    assert kept() == (1, 1)


def test_a_picture_that_is_removed_is_gone_and_can_be_removed_again(ada, kept):
    ada.shows()

    answers = [ada("DELETE", "/people/me/picture") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert ada("GET", ada.face).status_code == 404
    assert ada("GET", "/people").json["items"][0]["picture_url"] is None
    assert kept() == (0, 0)


def test_a_picture_counts_for_what_its_owner_may_keep(app, ada):
    ada.shows()

    size = len(ada("GET", ada.face).data)
    assert files_of(app).used_by(f"user:{ada.user.id}") == size
    ada("DELETE", "/people/me/picture")
    assert files_of(app).used_by(f"user:{ada.user.id}") == 0


@pytest.mark.settings(files_quota_bytes=1000)
def test_who_may_keep_no_more_may_still_have_another_picture_instead(ada, kept):
    noise = Image.effect_noise((400, 400), 90)
    file = io.BytesIO()
    noise.save(file, "PNG")
    assert ada.shows().status_code == 200

    again, too_much = ada.shows(picture(colour="red")), ada.shows(file.getvalue())

    assert (again.status_code, too_much.status_code) == (200, 422)
    assert ada("GET", ada.face).status_code == 200
    assert kept() == (1, 1)


def test_who_goes_takes_their_picture_along(ada, grace, kept):
    ada.shows()

    assert ada("DELETE", "/users/me").status_code == 204

    assert grace("GET", ada.face).status_code == 404
    assert kept() == (0, 0)


def test_a_file_that_is_dropped_elsewhere_is_nobodys_picture_any_more(app, ada):
    ada.shows()

    files_of(app).drop_all_of(f"user:{ada.user.id}")

    assert ada("GET", "/people").json["items"][0]["picture_url"] is None
    assert ada.shows().status_code == 200


# -- by pages, without a script --------------------------------------------------------------------------


def test_a_picture_is_given_seen_and_removed_by_pages(ada):
    sent = ada.browser.send("/people/me/picture", file=(io.BytesIO(picture()), "me.png", "image/png"))
    shown = ada.opens(sent.location)
    removed = ada.browser.send("/people/me/picture/delete")

    assert (sent.status_code, sent.location) == (303, "/people/me/picture")
    assert "This is your picture now." in shown.text
    assert f'src="{ada.face}"' in shown.text
    assert (removed.status_code, removed.location) == (303, "/people/me/picture")
    assert ada.face not in ada.opens("/people").text


@pytest.mark.parametrize("path", ["/people", "/account"])
def test_ways_lead_to_ones_own_picture(ada, path):
    assert 'href="/people/me/picture"' in ada.opens(path).text


def faces(page):
    return re.findall(r'<(img|span) class="face ([\w-]*) ?"[^>]*>(\w*)', page.text)


def test_a_face_is_the_picture_or_initials_in_a_colour_that_stays(ada, grace, somebody):
    somebody("linus", time_zone="Europe/London")
    ada.shows()

    seen = faces(ada.opens("/people"))

    assert [(kind, initials) for kind, _, initials in seen] == [("img", ""), ("span", "GH"), ("span", "LI")]
    assert [colour.startswith("hue-") for _, colour, _ in seen] == [False, True, True]
    assert faces(grace.opens("/people")) == seen


def test_an_account_that_went_in_the_middle_of_a_request_takes_no_picture(app, db):
    with pytest.raises(Conflict, match="account"):
        domain.take_picture(uuid7(), Sent(), people=PeopleBackend(db, ()), files=files_of(app), database=db)
