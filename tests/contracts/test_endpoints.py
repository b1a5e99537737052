"""A view's signature is its contract: what it takes is judged before it runs, and what it returns is its answer."""

import io
import json
from typing import Annotated
from uuid import UUID

import pytest

from carboy.web import File, Upload, endpoint
from carboy.web.csrf import token_in
from carboy.web.identity import Identity, authenticator

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture
def app(make_app, project):
    folder = project / "specifications" / "schemas" / "things"
    folder.mkdir(parents=True)
    (folder / "thing.json").write_text(
        json.dumps({"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False})
    )
    return make_app(features=("answering_features",))


@pytest.fixture
def client(app):
    return app.test_client()


def told(answer):
    """What is wrong, and where."""
    return [(said["in"], said.get("parameter", said.get("pointer")), said["code"]) for said in answer.json["errors"]]


def test_a_list_is_a_page_with_a_link_to_the_next(client):
    answer = client.get("/api/v1/things?limit=2&sort=-name&tag=a&tag=b&since=2026-01-31")

    assert answer.json == {"items": [{"name": "-name 2 ['a', 'b'] 2026-01-31", "size": 1}], "next_cursor": "abc"}
    assert answer.headers["Link"] == (
        '</api/v1/things?limit=2&sort=-name&tag=a&tag=b&since=2026-01-31&cursor=abc>; rel="next"'
    )


def test_a_list_is_json(client):
    assert client.get("/api/v1/things").mimetype == "application/json"


def test_the_last_page_has_no_link(client):
    answer = client.get("/api/v1/things?cursor=abc")

    assert "Link" not in answer.headers


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", [("query", "limit", "minimum")]),
        ("limit=101", [("query", "limit", "maximum")]),
        ("limit=ten", [("query", "limit", "type")]),
        ("limit=", [("query", "limit", "type")]),
        ("limit=1&limit=2", [("query", "limit", "type")]),
        ("sort=size", [("query", "sort", "enum")]),
        ("since=0", [("query", "since", "format")]),
        ("limt=3", [("query", "limt", "additionalProperties")]),
        ("cursor=" + "x" * 1001, [("query", "cursor", "maxLength")]),
        ("cursor=a%00b", [("query", "cursor", "pattern")]),
        ("limit=0&sort=x", [("query", "limit", "minimum"), ("query", "sort", "enum")]),
    ],
)
def test_a_query_that_breaks_its_contract_is_told_by_parameter(client, query, expected):
    answer = client.get(f"/api/v1/things?{query}")

    assert (answer.status_code, told(answer)) == (422, expected)


@pytest.mark.parametrize("query", ["q=%ff", "%ff=1", "q=%ed%a0%80"])
def test_a_query_that_is_no_text_is_malformed(client, query):
    answer = client.get(f"/api/v1/things?{query}")

    assert (answer.status_code, answer.json["code"]) == (400, "malformed")


def test_all_places_are_told_at_once(client):
    answer = client.put("/api/v1/things/9223372036854775808?x=1", json={"name": 1, "colour": "red"})

    assert told(answer) == [
        ("path", "number", "maximum"),
        ("query", "x", "additionalProperties"),
        ("body", "#/colour", "additionalProperties"),
        ("body", "#/name", "type"),
    ]


def test_what_is_made_has_a_location_and_a_version(client):
    answer = client.post("/api/v1/things", json={"name": "a"})

    assert (answer.status_code, answer.json) == (201, {"name": "a", "size": 1})
    assert (answer.headers["Location"], answer.headers["ETag"]) == ("/api/v1/things/1", '"3"')


def test_what_the_caller_has_already_is_not_sent_again(client):
    answer = client.get("/api/v1/things/5", headers={"If-None-Match": '"7"'})

    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"7"')


def test_a_reply_brings_its_own_headers(client):
    assert client.get("/api/v1/things/5").headers["X-Number"] == "5"


@pytest.mark.parametrize(("tag", "status"), [('"7"', 200), ('"6"', 412), ('W/"7"', 412), ("*", 200), ("7", 400)])
def test_a_change_of_a_version_that_was_not_seen_is_refused(client, tag, status):
    answer = client.put("/api/v1/things/1", json={"name": "a"}, headers={"If-Match": tag})

    assert answer.status_code == status


def test_nothing_to_show_is_204_and_of_no_kind(client):
    answer = client.delete("/api/v1/things/1")

    assert (answer.status_code, answer.data) == (204, b"")
    assert "Content-Type" not in answer.headers


def test_an_answer_leaves_nothing_behind_for_the_next(client):
    first, known, again = (
        client.get("/api/v1/shared", headers=headers) for headers in ({}, {"If-None-Match": "*"}, {})
    )

    assert known.status_code == 304
    assert (again.status_code, again.data) == (200, first.data)
    assert again.headers.getlist("X-Shared") == ["yes"]
    assert first.headers["X-Request-ID"] != again.headers["X-Request-ID"]


def test_an_answer_writes_text_of_any_language_as_it_is(client):
    assert "이름".encode() in client.get("/api/v1/shared").data


def test_a_moment_is_told_with_its_minutes_and_its_zone(client):
    assert client.get("/api/v1/moment?naive=false").json == "2026-03-01T10:45:59+09:00"


def test_a_moment_without_a_zone_breaks_the_contract_of_an_answer(client):
    from carboy.web.endpoints.giving import BrokenPromise

    with pytest.raises(BrokenPromise, match="a moment with its zone"):
        client.get("/api/v1/moment?naive=true")


def test_work_that_is_taken_on_is_202(client):
    answer = client.post("/api/v1/things/abc/export")

    assert (answer.status_code, answer.headers["Location"]) == (202, "/api/v1/jobs/1")


def test_a_part_of_the_path_keeps_its_rules(client):
    answer = client.post("/api/v1/things/abcdef/export")

    assert told(answer) == [("path", "name", "maxLength")]


def test_a_part_of_the_path_is_of_the_type_that_the_view_says(client):
    good = client.get("/api/v1/by-uuid/0190c7a4-0b6e-7c3e-8f0a-3f6f4b7a1c2d")
    bad = client.get("/api/v1/by-uuid/0190c7a4")

    assert good.json == {"hex": "0190c7a40b6e7c3e8f0a3f6f4b7a1c2d"}
    assert (bad.status_code, told(bad)) == (422, [("path", "thing", "format")])


@pytest.mark.parametrize("zero", ["0", "0.0", "-0", "0e5", "-0.0"])
def test_a_rule_on_a_parameter_is_kept_however_the_value_is_written(client, zero):
    answer = client.get(f"/api/v1/divide?a=1&b={zero}")

    assert answer.json["errors"] == [{"in": "query", "parameter": "b", "code": "not", "detail": "Must not be 0."}]


def test_a_parameter_that_is_left_out_has_its_default(client):
    assert client.get("/api/v1/divide?a=1").json == {"result": 0.5}


def test_a_parameter_that_is_needed_is_asked_for(client):
    assert told(client.get("/api/v1/divide")) == [("query", "a", "required")]


def test_a_header_is_judged_like_everything_else(client):
    good = client.get("/api/v1/traced", headers={"X-Trace": "abc"})
    bad = client.get("/api/v1/traced", headers={"X-Trace": "123456789"})

    assert good.json == {"trace": "abc"}
    assert told(bad) == [("header", "X-Trace", "maxLength")]


def test_the_application_finds_out_what_a_view_is_given(client):
    assert client.get("/api/v1/given").json == {"answer": 42}


def test_what_only_the_type_knows_is_told_as_a_rule(client):
    answer = client.post("/api/v1/even", json={"number": 3})

    assert answer.json["errors"] == [{"in": "body", "pointer": "#/number", "code": "rule", "detail": "must be even"}]


def test_a_rule_of_the_domain_is_told_where_the_field_came_from(client):
    assert told(client.get("/api/v1/invalid")) == [("query", "limit", "rule"), ("body", "#/elsewhere", "rule")]


def test_an_error_of_the_domain_keeps_its_class_when_its_fields_are_found(client):
    answer = client.post("/api/v1/sold")

    assert (answer.json["code"], answer.json["title"], answer.headers["X-Shop"]) == ("sold-out", "Sold out", "closed")
    assert told(answer) == [("header", "X-Shop", "rule"), ("body", "#/a~1b", "rule")]


@pytest.mark.parametrize("tag", ["a%0Ab", "a%3E%3B%20b", "a%3Fb", "%E4%BD%A0"])
def test_the_link_to_the_next_page_leads_there_whatever_the_path_holds(client, tag):
    answer = client.get(f"/api/v1/tags/{tag}/things")

    assert answer.headers["Link"] == f'</api/v1/tags/{tag}/things?cursor=abc>; rel="next"'


def test_a_view_may_make_its_answer_itself(client):
    assert client.get("/api/v1/raw").data == b"raw"


def test_a_body_need_not_be_an_object(client):
    assert client.post("/api/v1/annotated", json=[1, 2]).json == [1, 2]
    assert told(client.post("/api/v1/annotated", json=[1, 2, 3])) == [("body", "#", "maxItems")]


@pytest.mark.parametrize(
    ("n", "status"), [("1", 200), ("1.0", 200), ("9" * 30, 422), ("9" * 300, 422), ("9" * 5000, 422)]
)
def test_a_number_that_no_column_holds_is_refused(client, n, status):
    assert client.get(f"/api/v1/number?n={n}").status_code == status


def test_a_float_that_overflows_is_refused(client):
    assert client.get(f"/api/v1/number?n=1&x={'9' * 400}").status_code == 422


# What kind of body


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_is_taken_however_its_type_is_written(client, media):
    assert client.post("/api/v1/things", data=b'{"name": "a"}', content_type=media).status_code == 201


@pytest.mark.parametrize(
    "media",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "", "x"],
)
def test_any_other_kind_of_body_is_415(client, media):
    answer = client.post("/api/v1/things", data=b'{"name": "a"}', content_type=media)

    assert (answer.status_code, answer.json["code"]) == (415, "unsupported-media-type")


def test_a_compressed_body_is_415(client):
    answer = client.post(
        "/api/v1/things", data=b"{}", content_type="application/json", headers={"Content-Encoding": "gzip"}
    )

    assert answer.status_code == 415


def test_a_body_that_has_neither_a_length_nor_chunks_is_json_or_nothing_as_well(client):
    sent = {"input_stream": io.BytesIO(b'{"name": "a"}'), "environ_overrides": {"wsgi.input_terminated": True}}

    answers = [client.post("/api/v1/things", content_type=media, **sent) for media in ("text/plain", "")]

    assert [answer.status_code for answer in answers] == [415, 415]


@pytest.mark.parametrize("method", ["get", "delete"])
def test_a_body_where_none_is_expected_is_415(client, method):
    answer = getattr(client, method)("/api/v1/things/1", data=b"{}", content_type="application/json")

    assert answer.status_code == 415


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "text/plain", "x", ""])
@pytest.mark.parametrize("method", ["get", "head", "delete"])
def test_who_sends_no_body_may_name_any_kind(client, method, media):
    answer = getattr(client, method)("/api/v1/things/1", content_type=media)

    assert answer.status_code in {200, 204}


def test_a_body_on_a_plain_view_is_json_or_nothing(client):
    statuses = [
        client.get("/api/v1/plain").status_code,
        client.get("/api/v1/plain", json={}).status_code,
        client.post("/api/v1/plain", json={}).status_code,
        client.post("/api/v1/plain", data={"a": 1}).status_code,
    ]

    assert statuses == [200, 415, 200, 415]


@pytest.mark.parametrize("body", ['{"name":', "[1,]", "NaN", "", "\ufeff{}", "{'name': 'a'}"])
def test_a_body_that_is_no_json_is_a_problem(client, body):
    answer = client.post("/api/v1/things", data=body, content_type="application/json")

    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.json["code"] == "malformed-json"


def test_a_missing_body_is_asked_for(client):
    answer = client.post("/api/v1/things")

    assert (answer.status_code, answer.json["code"]) == (400, "malformed-json")


# Uploads


def picture(content=PNG, name="a.png", media="image/png", **fields):
    return {"picture": (io.BytesIO(content), name, media), "title": "Sea"} | fields


def test_an_upload_is_handed_over_with_its_form(client):
    answer = client.post("/api/v1/pictures", data=picture())

    assert answer.json == {"name": "a.png", "bytes": len(PNG), "title": "Sea"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"title": "Sea"}, ("form", "picture", "required")),
        (picture(media="image/gif", name="a.gif"), ("form", "picture", "contentMediaType")),
        (picture(content=b"GIF89a"), ("form", "picture", "contentMediaType")),
        (picture(name="a.txt"), ("form", "picture", "contentMediaType")),
        (picture(name="a.png\0.txt"), ("form", "picture", "contentMediaType")),
        (picture(content=b"<html>\0", name="a.txt", media="text/plain"), ("form", "picture", "contentMediaType")),
        (picture(content=PNG + b"0" * 2000), ("form", "picture", "maxLength")),
        (picture(title="S"), ("form", "title", "minLength")),
        (picture(colour="red"), ("form", "colour", "additionalProperties")),
        (picture(other=(io.BytesIO(PNG), "b.png", "image/png")), ("form", "other", "additionalProperties")),
    ],
)  # fmt: skip
def test_a_file_is_what_its_type_its_ending_and_its_bytes_say_together(client, data, expected):
    answer = client.post("/api/v1/pictures", data=data, content_type="multipart/form-data")

    assert (answer.status_code, told(answer)) == (422, [expected])


def test_an_upload_beyond_its_size_is_not_even_read(client):
    answer = client.post("/api/v1/pictures", data=picture(content=PNG + b"0" * 200_000))

    assert answer.status_code == 413


def test_a_text_is_looked_at_to_its_end(client):
    plain, other = b"a" * 1000, b"a" * 999 + b"\0"

    answers = [
        client.post("/api/v1/pictures", data=picture(content=content, name="a.txt", media="text/plain"))
        for content in (plain, other)
    ]

    assert [answer.status_code for answer in answers] == [200, 422]
    assert answers[0].json["bytes"] == 1000


@pytest.mark.parametrize(
    ("name", "media", "ending"), [("a.JPEG", "image/jpeg", ".jpg"), ("a.log", "text/plain", ".txt")]
)
def test_a_file_is_stored_under_an_ending_of_ours(name, media, ending):
    assert Upload(name, media, io.BytesIO()).ending == ending


def test_an_upload_may_be_larger_than_any_other_body_on_a_page_too(make_app):
    app, rules = make_app(max_content_length=1000), File(types=("image/png",), max_bytes=300_000)

    @app.post("/picture")
    @endpoint
    def upload(picture: Annotated[Upload, rules]) -> dict[str, int]:
        return {"bytes": len(picture.stream.read())}

    client = app.test_client()
    with client.session_transaction() as session:
        token = token_in(session)
    picture = {"picture": (io.BytesIO(PNG.ljust(300_000)), "a.png", "image/png"), "_csrf": token}

    assert client.post("/picture", data=picture).json == {"bytes": 300_000}


def test_who_is_known_by_a_cookie_uploads_from_our_pages_alone(app):
    authenticator(app, lambda _: Identity(UUID(int=7), frozenset(), None, "session"))

    answers = [
        app.test_client().post("/api/v1/pictures", data=picture(), headers={"Sec-Fetch-Site": site})
        for site in ("same-origin", "cross-site")
    ]

    assert [answer.status_code for answer in answers] == [200, 403]


def test_an_upload_takes_nothing_but_multipart(client):
    answers = [client.post("/api/v1/pictures", json={"title": "Sea"}), client.post("/api/v1/pictures")]

    assert [answer.status_code for answer in answers] == [415, 415]


# Promises


@pytest.mark.parametrize(
    ("method", "path", "says"),
    [
        ("get", "lie", "#/name required"),
        ("get", "file-lie", "#/name type"),
        ("post", "wrong-status", "declares 201"),
        ("get", "nothing", "declares 200"),
        ("get", "undeclared", "418"),
    ],
)
def test_an_answer_that_breaks_its_contract_fails_the_test_and_says_where(client, method, path, says):
    from carboy.web.endpoints.giving import BrokenPromise

    with pytest.raises(BrokenPromise) as broken:
        getattr(client, method)(f"/api/v1/{path}")

    assert says in broken.value.detail
    assert path.replace("-", "_") in broken.value.detail


# What it costs us


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/api/v1/many", [f"{number}" for number in range(300)], 100),
        ("/api/v1/many", ["x"] * 300_000, 1),
        ("/api/v1/things", {"name": "a"} | dict.fromkeys(map(str, range(300)), 0), 100),
        ("/api/v1/things", {"name": "a"} | dict.fromkeys(map(str, range(100_000)), 0), 1),
        ("/api/v1/things", {"name": "a", "x" * 1_000_000: 0}, 1),
        ("/api/v1/things", {"name": "\0"} | {f"\0{number}": 0 for number in range(1000)}, 100),
    ],
)
def test_of_very_many_violations_as_many_are_told_as_anybody_mends(client, path, body, told):
    answer = client.post(path, json=body)

    assert (answer.status_code, len(answer.json["errors"])) == (422, told)
    assert len(answer.data) < 20_000
    assert answer.json["detail"].startswith(f"At least {told} field")
