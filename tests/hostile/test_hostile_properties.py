"""Random bytes, wherever a request has room for some: an answer below 500, and nothing stored but by a 201."""

import base64
import json

import pytest
from hostile_forms import JSON, VIM
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

# The application stays; what one example stores is what the next begins with.
many = hypothesis_settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

# Of header bytes the test's client refuses line breaks by itself, and so does every server.
HEADER = st.binary(max_size=80).map(lambda raw: raw.translate(None, b"\r\n").decode("latin-1"))
SYNTAX = st.text(alphabet='W/"*,; \t1', max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.dictionaries(
    st.sampled_from(["name", "licence", "homepage", "email", "description", "version", "x"]),
    VALUES | st.sampled_from(["Vim", "MIT", "https://example.org/", "ada@example.org"]),
)


def packed(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


BODIES = st.binary(max_size=200) | (VALUES | FIELDS).map(lambda value: json.dumps(value).encode())


@pytest.fixture
def change(send, stored):
    """Send a request; it must be answered, and have stored something only if that is what it says."""

    def request(method, *said, **more):
        before = stored()
        answer = send(method, *said, **more)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json"
            assert stored() == before
        return answer

    return request


@pytest.mark.long
@many
@given(body=BODIES)
def test_a_body_of_any_bytes_is_stored_whole_or_refused(change, address, body):
    for method, path in (("POST", "/api/v1/foss"), ("PUT", address), ("PATCH", address), ("DELETE", f"{address}0")):
        change(method, path, body, [JSON])


@many
@given(media_type=HEADER, encoding=HEADER)
def test_a_body_of_any_kind_is_stored_whole_or_refused(change, media_type, encoding):
    change("POST", "/api/v1/foss", VIM, [("Content-Type", media_type)])
    change("POST", "/api/v1/foss", VIM, [JSON, ("Content-Encoding", encoding)])


@pytest.mark.long
@many
@given(tag=HEADER | SYNTAX)
def test_any_condition_is_read_or_refused(change, address, tag):
    for header in ("If-Match", "If-None-Match"):
        change("PATCH", address, b'{"email": null}', [JSON, (header, tag)])
        change("GET", address, headers=[(header, tag)])


@many
@given(key=HEADER)
def test_any_idempotency_key_is_kept_or_refused(change, stored, key):
    answer = change("POST", "/api/v1/foss", VIM, [JSON, ("Idempotency-Key", key)])

    # The first is stored; then the name is taken, unless the key is the one that stored it.
    assert answer.status_code in (201, 409, 422)
    assert len(stored()[0]) <= 1


@many
@given(key=HEADER)
def test_any_machine_key_but_the_right_one_is_refused(starter_app, stored, key):
    answer = starter_app.test_client().post("/api/v1/foss", data=VIM, headers=[JSON, ("X-API-Key", key)])

    assert answer.status_code == 401
    assert stored() == ([], [])


@pytest.mark.long
@many
@given(cursor=st.text(max_size=60) | VALUES.map(packed))
def test_any_cursor_is_a_page_or_refused(change, address, cursor):
    for sort in ("name", "-created_at"):
        answer = change("GET", "/api/v1/foss", query={"cursor": cursor, "sort": sort})

        assert answer.status_code in (200, 422)


@pytest.mark.long
@many
@given(query=st.binary(max_size=100).map(lambda raw: raw.decode("latin-1")) | st.text(alphabet="qsortlimit=&%01\xff"))
def test_any_query_is_answered_or_refused(change, query):
    for path in ("/api/v1/foss", "/api/v1/calculator/divide"):
        change("GET", path, QUERY_STRING=query)


@pytest.mark.long
@many
@given(path=st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_any_path_is_answered_and_none_is_a_write(change, address, stored, path):
    before = stored()

    for method in ("PUT", "PATCH", "DELETE"):
        change(method, "/api/v1/foss", VIM, [JSON], PATH_INFO=f"/api/v1/foss/{path}")

    assert stored() == before
