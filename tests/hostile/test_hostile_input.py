"""Whatever is sent to the starter, it is a clear refusal, and what is stored stays as it was."""

import json

import pytest
from hostile_forms import BODIES, EMACS, ETAGS, IDEMPOTENCY_KEYS, IDS, JSON, MEDIA_TYPES, QUERIES, VIM

from carboy.web import problems

SUMS = ("add", "subtract", "multiply", "divide")
on_servers = pytest.mark.parametrize("starter_database_url", ["postgresql", "mariadb"], indirect=True, scope="session")
with_a_body = pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
of_changes = pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
of_writes = pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])


def told(answer):
    """Return the code of a refusal, once it is one that a program can read."""
    problem = json.loads(answer.data.decode("utf-8"))
    assert answer.mimetype == "application/problem+json", answer
    assert 400 <= answer.status_code == problem["status"] < 500, problem
    assert problems.catalogue()[problem["code"]].status == answer.status_code
    assert all(isinstance(error.get("pointer", error.get("parameter")), str) for error in problem.get("errors", ()))
    return problem["code"]


@pytest.fixture
def at(address):
    """Where a method writes: on the list, or on the project that is there."""
    return lambda method: "/api/v1/foss" if method == "POST" else address


@with_a_body
@pytest.mark.parametrize("form", BODIES)
def test_a_body_that_cannot_be_taken_is_refused_and_nothing_is_stored(send, at, stored, method, form):
    (body, code), path, before = BODIES[form], at(method), stored()

    answer = send(method, path, body, [JSON])

    assert told(answer) == code
    assert stored() == before


@on_servers
@with_a_body
def test_no_other_database_is_handed_what_is_refused_either(send, at, stored, method):
    path, before = at(method), stored()

    answers = {form: told(send(method, path, body, [JSON])) for form, (body, _) in BODIES.items()}

    assert answers == {form: code for form, (_, code) in BODIES.items()}
    assert stored() == before


@pytest.mark.parametrize("form", [form for form, (body, _) in BODIES.items() if body])
def test_a_body_where_none_is_expected_is_refused_and_nothing_is_removed(send, address, stored, form):
    before = stored()

    answer = send("DELETE", address, BODIES[form][0], [JSON])

    assert told(answer) == "unsupported-media-type"
    assert stored() == before


@with_a_body
@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_a_body_of_another_kind_is_refused_though_its_bytes_are_right(send, at, stored, method, form):
    path, before = at(method), stored()

    answer = send(method, path, VIM, MEDIA_TYPES[form])

    assert told(answer) == "unsupported-media-type"
    assert stored() == before


@with_a_body
@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "nonsense", '"', "\xff"])
def test_json_is_utf8_whatever_charset_it_claims(send, at, stored, method, charset):
    path, before = at(method), stored()
    claims = [("Content-Type", f"application/json; charset={charset}")]

    other = send(method, path, VIM.decode().encode("utf-16"), claims)
    untouched = stored() == before
    same = send(method, path, VIM, claims)

    assert (told(other), untouched) == ("malformed-json", True)
    assert same.json["name"] == "Vim"


@of_changes
@pytest.mark.parametrize("form", ETAGS)
def test_a_condition_that_cannot_be_read_or_does_not_hold_changes_nothing(send, address, stored, method, form):
    (tag, code), before = ETAGS[form], stored()
    said = (b"", []) if method == "DELETE" else (VIM, [JSON])

    answer = send(method, address, said[0], [*said[1], ("If-Match", tag)])

    assert told(answer) == code
    assert stored() == before


@of_changes
def test_a_condition_that_is_said_twice_is_one_list(send, address, stored, method):
    before = stored()
    said = (b"", []) if method == "DELETE" else (VIM, [JSON])

    answer = send(method, address, said[0], [*said[1], ("If-Match", "1"), ("If-Match", '"1"')])

    assert told(answer) == "malformed"
    assert stored() == before


@pytest.mark.parametrize("form", ETAGS)
def test_a_condition_on_what_is_read_shows_it_or_is_refused(send, address, form):
    tag, code = ETAGS[form]

    answer = send("GET", address, headers=[("If-None-Match", tag)])

    if code == "malformed":
        assert told(answer) == code
    else:
        assert answer.status_code == (304 if tag == 'W/"1"' else 200)


@pytest.mark.parametrize("form", IDEMPOTENCY_KEYS)
def test_a_broken_idempotency_key_is_refused_and_nothing_is_stored(send, stored, form):
    answer = send("POST", body=VIM, headers=[JSON, ("Idempotency-Key", IDEMPOTENCY_KEYS[form])])

    assert told(answer) == "invalid"
    assert answer.json["errors"][0]["parameter"] == "Idempotency-Key"
    assert stored() == ([], [])


@pytest.mark.parametrize("form", QUERIES)
def test_a_query_that_cannot_be_meant_is_refused(send, form):
    query, code = QUERIES[form]

    assert told(send("GET", query=query)) == code


@on_servers
def test_no_other_database_is_asked_what_cannot_be_meant_either(send):
    answers = {form: told(send("GET", query=query)) for form, (query, _) in QUERIES.items()}

    assert answers == {form: code for form, (_, code) in QUERIES.items()}


@pytest.mark.parametrize("query", ["q=%", "q=%zz", "q=%2", "q=100%25", "q=%F0%9F%92%A9", "q='%20OR%201=1", "q=_%25"])
def test_a_text_that_is_only_strange_finds_what_has_it_in_its_name_and_that_is_nothing(send, address, query):
    answer = send("GET", query=query)

    assert (answer.status_code, answer.json["items"]) == (200, [])


@of_writes
@pytest.mark.parametrize("query", ["x=1", "name=Vim", "=", "%00=1"])
def test_a_write_takes_no_parameters(send, at, stored, method, query):
    path, before = at(method), stored()
    said = (b"", []) if method == "DELETE" else (VIM, [JSON])

    answer = send(method, path, *said, query=query)

    assert told(answer) == "invalid"
    assert stored() == before


NUMBERS = ["", "NaN", "-Infinity", "1e999", "9" * 5000, "0x10", "1_0", "%D9%A1", "1%00", "%201", "1;b=1", "[1]", "true"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("sum_", SUMS)
def test_a_sum_of_what_is_no_number_is_refused(send, sum_, number):
    answer = send("GET", f"/api/v1/calculator/{sum_}", query=f"a={number}&b=1")

    assert told(answer) == "invalid"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("form", IDS)
def test_an_address_of_no_project_is_not_found_and_nothing_is_changed(send, address, stored, method, form):
    before = stored()
    said = (VIM, [JSON]) if method in ("PUT", "PATCH") else (b"", [])

    answer = send(method, "/api/v1/foss/", *said, PATH_INFO=f"/api/v1/foss/{IDS[form].decode('latin-1')}")

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert stored() == before


@of_changes
@pytest.mark.parametrize(
    "spelt", ["{{{}}}", "urn:uuid:{}", "{}\0", "{}\n", " {}", "{}/", "{}%20", "{}\xff", "./{}", "{};v=1", "{}.json"]
)
def test_an_id_is_spelt_in_one_way(send, address, stored, method, spelt):
    before = stored()
    folder, _, known = address.rpartition("/")
    said = (b"", []) if method == "DELETE" else (VIM, [JSON])

    answer = send(method, "/api/v1/foss/", *said, PATH_INFO=f"{folder}/{spelt.format(known)}")

    assert told(answer) == "not-found"
    assert stored() == before


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "GET\0", "", "X" * 5000, "\xff"])
def test_a_method_that_nobody_takes_is_told_which_are(send, address, stored, method):
    before = stored()

    answers = [send("GET", path, VIM, [JSON], REQUEST_METHOD=method) for path in ("/api/v1/foss", address)]

    assert [told(answer) for answer in answers] == ["method-not-allowed"] * 2
    assert all("GET" in answer.headers["Allow"] for answer in answers)
    assert stored() == before


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_makes_another_method_of_a_request(send, address, stored, header):
    before = stored()

    answer = send("GET", address, headers=[(header, "DELETE")])

    assert answer.status_code == 200
    assert stored() == before


@pytest.mark.parametrize("accept", ["image/png", "text/html", "garbage", "*/*;q=0", ";;;q=\xe9", "", "x" * 10_000])
def test_whatever_is_accepted_an_api_answers_in_json(send, address, accept):
    found = send("GET", address, headers=[("Accept", accept)])
    refused = send("POST", body=b"[", headers=[JSON, ("Accept", accept)])

    assert (found.status_code, found.mimetype) == (200, "application/json")
    assert told(refused) == "malformed-json"


STRANGE_HEADERS = {
    "a forged host": ("Host", "evil.example", "untrusted-host"),
    "a host that is none": ("Host", "local host", "untrusted-host"),
    "a key of nobody": ("X-API-Key", "\xff\0", "unauthenticated"),
    "an empty key": ("X-API-Key", "", "unauthenticated"),
}


@of_writes
@pytest.mark.parametrize("form", STRANGE_HEADERS)
def test_who_cannot_be_believed_changes_nothing(starter_app, at, stored, method, form):
    name, value, code = STRANGE_HEADERS[form]
    path, before = at(method), stored()

    answer = starter_app.test_client().open(path, method=method, data=VIM, headers=[JSON, (name, value)])

    assert told(answer) == code
    assert stored() == before


@of_writes
def test_what_is_too_long_to_arrive_is_refused_by_its_announcement(send, at, stored, method):
    path, before = at(method), stored()

    answer = send(method, path, VIM, [JSON], CONTENT_LENGTH="9" * 4000)

    assert told(answer) in ("payload-too-large", "unsupported-media-type")
    assert stored() == before


def test_a_clash_that_the_database_finds_stores_nothing_of_it(send, address, stored):
    before = stored()

    answer = send("POST", body=EMACS, headers=[JSON, ("Idempotency-Key", "k1")])

    assert told(answer) == "conflict"
    assert stored() == before
