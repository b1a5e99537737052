"""The catalogue over HTTP."""

from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import pytest

KEY = "ck_for_these_tests"
EMACS = {"name": "GNU Emacs", "licence": "GPL-3.0-or-later", "homepage": "https://www.gnu.org/software/emacs/"}
NOBODY = "0192f0c1-2345-7abc-8def-0123456789ab"

pytestmark = pytest.mark.settings(api_keys=(f"tests={sha256(KEY.encode()).hexdigest()}",))


@pytest.fixture
def send(client):
    """Send a request as a machine that is known."""

    def request(method, path="/api/v1/foss", body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(path, method=method, json=body, headers={"X-API-Key": KEY, **headers})

    return request


@pytest.fixture
def made(send):
    """A project that is there, and its address."""
    answer = send("POST", body=EMACS)
    return answer.json, answer.headers["Location"]


@pytest.fixture
def names(client):
    """The names that the catalogue shows to anybody."""
    return lambda **query: [one["name"] for one in client.get("/api/v1/foss", query_string=query).json["items"]]


def broken(answer):
    """Where an answer says that the contract is broken, and how."""
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json"), answer.text
    return [(error.get("pointer") or error["parameter"], error["code"]) for error in answer.json["errors"]]


def test_what_is_made_is_201_and_can_be_found_where_the_answer_says(client, send):
    answer = send("POST", body=EMACS)

    found = client.get(answer.headers["Location"])

    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    assert found.json == answer.json
    assert UUID(found.json["id"])
    assert found.json.items() >= {**EMACS, "email": None, "description": None, "version": 1}.items()


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": None}, [("#/name", "type")]),
        ({"name": "E"}, [("#/name", "minLength"), ("#/name", "pattern")]),
        ({"name": "  "}, [("#/name", "pattern")]),
        ({"name": "E" * 121}, [("#/name", "maxLength")]),
        ({"name": "Em\nacs"}, [("#/name", "pattern")]),
        ({"description": "Em\0acs"}, [("#/description", "pattern")]),
        ({"licence": "Beerware"}, [("#/licence", "enum")]),
        ({"homepage": "javascript:alert(1)"}, [("#/homepage", "pattern")]),
        ({"homepage": "https://not an address"}, [("#/homepage", "format")]),
        ({"homepage": f"https://example.org/{'a' * 500}"}, [("#/homepage", "maxLength")]),
        ({"email": "nobody"}, [("#/email", "format")]),
        ({"email": "ada@example.org\nBcc: eve@example.org"}, [("#/email", "format")]),
        ({"description": "a" * 2001}, [("#/description", "maxLength")]),
        ({"description": 7}, [("#/description", "type")]),
    ],
)
def test_a_body_that_breaks_its_schema_is_422_and_says_where(send, names, change, wrong):
    answer = send("POST", body=EMACS | change)

    assert broken(answer) == wrong
    assert names() == []


def test_a_project_says_its_moments_with_minutes_and_zone(send, clock):
    clock.move_to(datetime(2026, 3, 1, 10, 45, 59, tzinfo=UTC))

    project = send("POST", body=EMACS).json

    assert project["created_at"] == project["updated_at"] == "2026-03-01T10:45:59Z"


def test_everything_that_is_wrong_is_said_at_once(send):
    answer = send("POST", body={"licence": 7, "email": "nobody"})

    assert broken(answer) == [("#/email", "format"), ("#/licence", "enum"), ("#/name", "required")]


@pytest.mark.parametrize("field", ["id", "version", "created_at", "name_key", "save", "__class__"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_nobody_chooses_what_is_ours(client, send, made, method, field):
    before, address = made
    path = "/api/v1/foss" if method == "POST" else address

    answer = send(method, path, EMACS | {"name": "Vim", field: NOBODY})

    assert broken(answer) == [(f"#/{field}", "additionalProperties")]
    assert client.get(address).json == before


@pytest.mark.parametrize("name", ["GNU Emacs", "gnu emacs", " GNU  Emacs "])
def test_a_name_that_is_taken_is_409_and_nothing_is_stored(send, names, made, name):
    answer = send("POST", body=EMACS | {"name": name})

    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert "There is a project called GNU Emacs already" in answer.json["detail"]
    assert names() == ["GNU Emacs"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_rename_to_a_name_that_is_taken_is_409_and_changes_nothing(client, send, made, method):
    before, address = made
    send("POST", body=EMACS | {"name": "Vim"})

    answer = send(method, address, EMACS | {"name": "VIM", "homepage": None})

    assert answer.status_code == 409
    assert client.get(address).json == before


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", EMACS), ("PATCH", {}), ("DELETE", None)])
def test_who_is_not_there_is_404_and_the_answer_names_the_real_id(send, method, body):
    answer = send(method, f"/api/v1/foss/{NOBODY}", body)

    assert answer.status_code == 404
    assert answer.json["detail"] == f"There is no project with the id {NOBODY}."


@pytest.mark.parametrize("text", ["7", "abc", "0192f0c1", "%00", "'"])
def test_an_id_that_is_none_is_404_and_never_a_fault_of_the_database(client, text):
    answer = client.get(f"/api/v1/foss/{text}")

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_put_takes_away_what_it_leaves_out(client, send, made):
    before, address = made

    answer = send("PUT", address, {"name": "Emacs", "licence": "GPL-3.0-or-later"})

    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert answer.json == client.get(address).json
    assert answer.json.items() >= {"id": before["id"], "name": "Emacs", "homepage": None, "version": 2}.items()


def test_put_needs_all_that_a_project_needs(send, made):
    assert broken(send("PUT", made[1], {"name": "Emacs"})) == [("#/licence", "required")]


def test_patch_leaves_what_is_absent_and_takes_away_what_is_null(client, send, made):
    before, address = made

    send("PATCH", address, {"email": "ada@example.org"})
    answer = send("PATCH", address, {"homepage": None})

    changed = {"email": "ada@example.org", "homepage": None, "version": 3, "updated_at": answer.json["updated_at"]}
    assert answer.json == before | changed == client.get(address).json


@pytest.mark.parametrize("field", ["name", "licence"])
def test_patch_takes_away_nothing_that_a_project_needs(send, made, field):
    [(pointer, _)] = broken(send("PATCH", made[1], {field: None}))

    assert pointer == f"#/{field}"


def test_a_patch_that_changes_nothing_makes_no_version(send, made):
    before, address = made

    answer = send("PATCH", address, {})

    assert (answer.status_code, answer.json) == (200, before)


@pytest.mark.parametrize(
    ("method", "body"), [("PUT", EMACS | {"name": "Vim"}), ("PATCH", {"name": "Vim"}), ("DELETE", None)]
)
def test_who_has_seen_another_version_gets_412_and_changes_nothing(client, send, made, method, body):
    _, address = made
    after = send("PATCH", address, {"description": "An editor."}).json

    answer = send(method, address, body, If_Match='"1"')

    assert (answer.status_code, answer.mimetype) == (412, "application/problem+json")
    assert client.get(address).json == after


@pytest.mark.parametrize(
    ("method", "body"), [("PUT", EMACS | {"name": "Vim"}), ("PATCH", {"name": "Vim"}), ("DELETE", None)]
)
def test_who_has_seen_the_newest_version_may_change_it(send, made, method, body):
    assert send(method, made[1], body, If_Match='"1"').status_code in (200, 204)


def test_who_has_the_newest_version_is_spared_the_body(client, made):
    answer = client.get(made[1], headers={"If-None-Match": '"1"'})

    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"1"')


def test_what_is_deleted_is_gone(client, send, names, made):
    answer = send("DELETE", made[1])

    assert (answer.status_code, answer.data) == (204, b"")
    assert client.get(made[1]).status_code == 404
    assert names() == []


@pytest.mark.parametrize(("method", "body"), [("PUT", EMACS), ("PATCH", {"name": "Vim"}), ("DELETE", None)])
def test_strangers_change_nothing(client, made, method, body):
    before, address = made

    answer = client.open(address, method=method, json=body)

    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert client.get(address).json == before


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "ck_of_somebody_else"}])
def test_strangers_add_nothing(client, names, headers):
    answer = client.post("/api/v1/foss", json=EMACS, headers=headers)

    assert answer.status_code == 401
    assert names() == []


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"name": ', "application/json", 400),
        (b"", "application/json", 400),
        (b'{"name": "Emacs", "licence": "MIT"}', "application/json; charset=utf-8", 201),
        (b'{"name": "Emacs", "licence": "MIT"}', "text/plain", 415),
        (b"name=Emacs&licence=MIT", "application/x-www-form-urlencoded", 415),
        (b"[]", "application/json", 422),
    ],
)
def test_what_cannot_be_taken_as_a_body_is_told_apart(client, content, kind, status):
    answer = client.post("/api/v1/foss", data=content, content_type=kind, headers={"X-API-Key": KEY})

    assert answer.status_code == status


def test_a_list_is_pages_that_lead_to_each_other(client, send):
    for name in ("curl", "Blender", "apt"):
        send("POST", body=EMACS | {"name": name})

    first = client.get("/api/v1/foss?limit=2")
    second = client.get(first.json["next_cursor"] and f"/api/v1/foss?limit=2&cursor={first.json['next_cursor']}")

    pages = [[one["name"] for one in page.json["items"]] for page in (first, second)]
    assert pages == [["apt", "Blender"], ["curl"]]
    assert second.json["next_cursor"] is None
    assert f'cursor={first.json["next_cursor"]}>; rel="next"' in first.headers["Link"]


def test_a_list_is_searched_filtered_and_sorted(send, names):
    for name, licence in [("GIMP", "MIT"), ("git", "GPL-2.0-only"), ("100% free", "MIT")]:
        send("POST", body={"name": name, "licence": licence})

    assert names(sort="-created_at") == ["100% free", "git", "GIMP"]
    assert names(q="GI") == ["GIMP", "git"]
    assert names(q="%", licence="MIT") == ["100% free"]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("limit=0", [("limit", "minimum")]),
        ("limit=101", [("limit", "maximum")]),
        ("limit=two", [("limit", "type")]),
        ("sort=licence", [("sort", "enum")]),
        ("licence=mit", [("licence", "enum")]),
        ("q=", [("q", "minLength")]),
        ("cursor=nonsense", [("cursor", "rule")]),
        ("license=MIT", [("license", "additionalProperties")]),
    ],
)
def test_a_query_that_we_do_not_understand_is_422_and_not_the_whole_list(client, query, wrong):
    assert broken(client.get(f"/api/v1/foss?{query}")) == wrong
