"""A contract may be spelled as a type, as a file, as both, or in marshmallow: the answer is the same."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spelled_features import SPELLINGS, write_files

GOOD = {"title": "Buy milk", "priority": 3}

DOCUMENTS = {
    "nothing": ({}, [("#/priority", "required"), ("#/title", "required")]),
    "text for a number": (GOOD | {"priority": "3"}, [("#/priority", "type")]),
    "a flag for a number": (GOOD | {"priority": True}, [("#/priority", "type")]),
    "a half": (GOOD | {"priority": 2.5}, [("#/priority", "type")]),
    "too many at once": (
        {"title": "", "priority": 9, "weight": 0, "tags": [{"name": "milk"}, {"name": "groceries"}, {}], "colour": 1},
        [
            ("#/colour", "additionalProperties"),
            ("#/priority", "maximum"),
            ("#/tags/1/name", "maxLength"),
            ("#/tags/2/name", "required"),
            ("#/title", "minLength"),
            ("#/weight", "exclusiveMinimum"),
        ],
    ),
    "a form that is not asked for": (GOOD | {"title": "<b>"}, [("#/title", "pattern")]),
    "too long": (GOOD | {"title": "x" * 21}, [("#/title", "maxLength")]),
    "a number as text for a date": (GOOD | {"due": "0"}, [("#/due", "format")]),
    "a day that is none": (GOOD | {"due": "2026-02-30"}, [("#/due", "format")]),
    "a moment for a day": (GOOD | {"due": "2026-02-03T10:00:00Z"}, [("#/due", "format")]),
    "a number for a date": (GOOD | {"due": 20260101}, [("#/due", "type")]),
    "no UUID": (GOOD | {"owner": "me"}, [("#/owner", "format")]),
    "null where it is not taken": (GOOD | {"owner": None}, [("#/owner", "type")]),
    "none of those": (GOOD | {"state": "half"}, [("#/state", "enum")]),
    "text for a flag": (GOOD | {"done": "true"}, [("#/done", "type")]),
    "a number for a flag": (GOOD | {"done": 1}, [("#/done", "type")]),
    "too many entries": (GOOD | {"tags": [{"name": "a"}] * 4}, [("#/tags", "maxItems")]),
    "an object for a list": (GOOD | {"tags": {"0": {"name": "a"}}}, [("#/tags", "type")]),
    "a list for an object": ([GOOD], [("#", "type")]),
    "text for an object": ("title", [("#", "type")]),
    "NUL in text": (GOOD | {"title": "a\0b"}, [("#/title", "pattern")]),
    "NUL in a name": (GOOD | {"a\0b": 1}, [("#/a\0b", "additionalProperties"), ("#/a\0b", "propertyNames")]),
    "names that a pointer escapes": (
        GOOD | {"a/b": 1, "c~d": 1},
        [("#/a~1b", "additionalProperties"), ("#/c~0d", "additionalProperties")],
    ),
    "a whole number that fits no column": (GOOD | {"priority": 10**30}, [("#/priority", "maximum")]),
}  # fmt: skip

ACCEPTED = {
    "the least": GOOD,
    "everything": GOOD
    | {"weight": 1, "due": "2026-02-03", "owner": "0190c7a4-0b6e-7c3e-8f0a-3f6f4b7a1c2d"}
    | {"state": "done", "done": False, "tags": [{"name": "home"}]},
    "null for what may be null": GOOD | {"due": None},
    "2.0, which is a whole number": GOOD | {"priority": 2.0},
    "Korean": GOOD | {"title": "우유 사기"},
}  # fmt: skip


@pytest.fixture
def client(make_app, project):
    write_files(project)
    return make_app(features=("spelled_features",)).test_client()


def violations(answer):
    return sorted((said["pointer"], said["code"]) for said in answer.json.get("errors", []))


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_violation_is_told_at_once_and_alike(client, spelling, name):
    document, expected = DOCUMENTS[name]

    answer = client.post(f"/api/v1/{spelling}", json=document)

    assert (answer.status_code, violations(answer)) == (422, expected)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", ACCEPTED)
def test_what_one_spelling_accepts_all_accept(client, spelling, name):
    answer = client.post(f"/api/v1/{spelling}", json=ACCEPTED[name])

    assert answer.status_code == 200, answer.text


def test_a_view_receives_the_type_that_it_asks_for(client):
    received = [client.post(f"/api/v1/{spelling}", json=GOOD).json["received"] for spelling in SPELLINGS]

    assert received == ["Model", "Data", "dict", "dict", "Data", "dict"]


def test_null_means_null_and_absent_means_unchanged(client):
    left_out = client.post("/api/v1/model", json=GOOD).json["given"]
    nulled = client.post("/api/v1/model", json=GOOD | {"due": None}).json["given"]

    assert (left_out, nulled) == (["priority", "title"], ["due", "priority", "title"])


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=25),
    st.sampled_from(["open", "2026-01-31", "0", "", "0190c7a4-0b6e-7c3e-8f0a-3f6f4b7a1c2d"]),
    st.lists(st.fixed_dictionaries({"name": st.text(max_size=7)}), max_size=4),
)  # fmt: skip
NAMES = st.sampled_from(["title", "priority", "weight", "due", "owner", "state", "done", "tags", "colour"])


@pytest.mark.long
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.dictionaries(NAMES, VALUES))
def test_no_document_is_told_differently_by_two_spellings(client, document):
    answers = [
        client.post(f"/api/v1/{spelling}", data=json.dumps(document), content_type="application/json")
        for spelling in SPELLINGS
    ]

    told = {(answer.status_code, str(violations(answer))) for answer in answers}

    assert len(told) == 1, document
