"""The same to views of every kind: six spellings of a contract, uploads, forms, paths, headers, plain Flask."""

from typing import Annotated

import pytest
from hostile_forms import BODIES, END, JSON, MEDIA_TYPES, MULTIPART, PICTURE, TITLE, UPLOADS
from test_hostile_input import told

from carboy.web import File, Upload, endpoint, public

TAKING_JSON = [
    "model",
    "dataclass",
    "typed-dict",
    "file",
    "file-and-type",
    "marshmallow",
    "things",
    "even",
    "annotated",
]
CHANGING = [("POST", f"/api/v1/{name}") for name in TAKING_JSON] + [("PUT", "/api/v1/things/7")]
TAKING_NOTHING = [("DELETE", "/api/v1/things/7"), ("POST", "/api/v1/things/a/export"), ("GET", "/api/v1/things/7")]


@pytest.fixture
def send(features_client):
    """Send bytes and header fields as they are given; every view writes alike whatever it is told to answer."""

    def request(method, path, body=b"", headers=(), **environ):
        return features_client.open(path, method=method, data=body, headers=list(headers), environ_overrides=environ)

    return request


# Of these, each view knows fields of its own: one that takes texts of any length may take a long one.
@pytest.mark.long
@pytest.mark.parametrize("form", [form for form, (_, code) in BODIES.items() if code != "invalid"])
def test_what_is_no_json_is_none_in_any_spelling(send, form):
    body, code = BODIES[form]

    answers = {path: told(send(method, path, body, [JSON])) for method, path in CHANGING}

    assert set(answers.values()) == {code}


@pytest.mark.long
@pytest.mark.parametrize("form", [form for form, (_, code) in BODIES.items() if code == "invalid"])
def test_what_breaks_a_contract_breaks_it_in_any_spelling(send, form):
    body, _ = BODIES[form]

    answers = {path: told(send(method, path, body, [JSON])) for method, path in CHANGING}

    assert set(answers.values()) == {"invalid"}


@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_a_body_of_another_kind_is_refused_everywhere(send, form):
    refused = {path: told(send(method, path, b"{}", MEDIA_TYPES[form])) for method, path in CHANGING + TAKING_NOTHING}
    plain = told(send("POST", "/api/v1/plain", b"{}", MEDIA_TYPES[form]))

    assert {*refused.values(), plain} == {"unsupported-media-type"}


# Werkzeug drops the temporary file of a form that breaks off, and Python closes it.
broken_off = pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")


@broken_off
@pytest.mark.parametrize("form", UPLOADS)
def test_an_upload_that_is_not_what_it_should_be_is_refused(send, form):
    media_type, body, code = UPLOADS[form]

    assert told(send("POST", "/api/v1/pictures", body, [("Content-Type", media_type)])) == code


@pytest.mark.long
@broken_off
@pytest.mark.parametrize("key", ["k1", "", "\xff"])
@pytest.mark.parametrize("form", UPLOADS)
def test_an_upload_with_a_key_is_refused_like_one_without(send, form, key):
    media_type, body, code = UPLOADS[form]

    answer = send("POST", "/api/v1/pictures", body, [("Content-Type", media_type), ("Idempotency-Key", key)])

    assert told(answer) == code


def test_a_view_that_takes_a_file_alone_takes_no_fields_beside_it(make_app):
    app = make_app()

    @app.post("/api/v1/alone")
    @endpoint
    @public
    def alone(picture: Annotated[Upload, File(types=("image/png",), max_bytes=2000)]) -> dict[str, str]:
        return {"name": picture.filename}

    answers = [
        app.test_client().post("/api/v1/alone", data=body + END, content_type=MULTIPART)
        for body in (PICTURE, PICTURE + TITLE)
    ]

    assert answers[0].json == {"name": "a.png"}
    assert told(answers[1]) == "invalid"
    assert answers[1].json["errors"][0]["parameter"] == "title"


@pytest.mark.parametrize("text", [b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"a\x80"])
def test_a_path_of_bytes_that_are_no_text_is_refused_and_not_mended(send, text):
    said = text.decode("latin-1")

    answer = send("POST", "/api/v1/things/a/export", PATH_INFO=f"/api/v1/things/{said}/export")

    assert told(answer) == "malformed"


@pytest.mark.parametrize("text", ["\0", "a" * 6, "a" * 100_000])
def test_a_path_that_breaks_its_contract_is_refused(send, text):
    answer = send("POST", "/api/v1/things/a/export", PATH_INFO=f"/api/v1/things/{text}/export")

    assert told(answer) == "invalid"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("number", [2**63, 10**100, 10**399])
def test_a_number_in_a_path_beyond_64_bits_is_refused(send, method, number):
    said = (b'{"name": "a"}', [JSON]) if method == "PUT" else (b"", [])

    assert told(send(method, f"/api/v1/things/{number}", *said)) == "invalid"


@pytest.mark.parametrize("number", ["-1", "1e5", "1.0", "+1", " 1", "1\0", "9" * 5000])
def test_a_number_in_a_path_that_nobody_writes_so_names_nothing(send, number):
    answer = send("GET", "/api/v1/things/1", PATH_INFO=f"/api/v1/things/{number}")

    assert told(answer) == "not-found"


@pytest.mark.parametrize("value", ["\0", "x" * 9, "x" * 100_000])
def test_a_header_that_breaks_its_contract_is_refused(send, value):
    assert told(send("GET", "/api/v1/traced", headers=[("X-Trace", value)])) == "invalid"


@pytest.mark.parametrize("size", ["9" * 19, "9" * 300, "1e19", "1e308", "-9223372036854775809"])
def test_a_whole_number_beyond_64_bits_is_refused_wherever_it_stands(send, size):
    body = told(send("POST", "/api/v1/things", f'{{"name": "a", "size": {size}}}'.encode(), [JSON]))
    items = told(send("POST", "/api/v1/annotated", f"[{size}]".encode(), [JSON]))
    query = told(send("GET", f"/api/v1/number?n={size}"))

    assert (body, items, query) == ("invalid", "invalid", "invalid")
