"""Text becomes the JSON value that its schema asks for, and nothing is read generously."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carboy.web.contracts.text import value_of

INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
DEFS = {"Colour": {"enum": ["red", "blue"]}, "Size": {"type": "integer"}}


@pytest.mark.parametrize(
    ("schema", "texts", "value"),
    [
        (INTEGER, ["12"], 12),
        (INTEGER, ["-0"], 0),
        (INTEGER, ["2.0"], 2.0),
        (NUMBER, ["1e3"], 1000.0),
        ({"type": "boolean"}, ["true"], True),
        ({"type": "string"}, ["12"], "12"),
        ({"type": ["integer", "null"]}, ["7"], 7),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, ["7"], 7),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, ["seven"], "seven"),
        ({"enum": [1, 2]}, ["2"], 2),
        ({"const": "2"}, ["2"], "2"),
        ({"$ref": "#/$defs/Size"}, ["3"], 3),
        ({"$ref": "#/$defs/Colour"}, ["red"], "red"),
        ({"type": "array", "items": INTEGER}, ["1"], [1]),
        ({"type": "array", "items": {"$ref": "#/$defs/Size"}}, ["1", "2"], [1, 2]),
        ({}, ["1"], "1"),
    ],
)
def test_text_becomes_the_value_that_is_asked_for(schema, texts, value):
    assert value_of(texts, schema, DEFS) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "+1",
        "01",
        "1_000",
        "0x10",
        "1.",
        ".5",
        "\u0661",
        "1e",
        "NaN",
        "inf",
        "1e9999",
        "--1",
        "9" * 5000,
        "1\n",
    ],
)
def test_what_json_would_not_write_as_a_number_stays_text(text):
    assert value_of([text], INTEGER, {}) == text


@pytest.mark.parametrize("text", ["True", "1", "yes", "on", ""])
def test_a_flag_is_true_or_false(text):
    assert value_of([text], {"type": "boolean"}, {}) == text


def test_a_name_that_is_said_twice_is_a_list_that_no_single_value_passes_for():
    assert value_of(["1", "2"], INTEGER, {}) == ["1", "2"]


@given(st.text(), st.sampled_from([INTEGER, NUMBER, {"type": "boolean"}, {"type": "array", "items": NUMBER}]))
def test_no_text_fails(text, schema):
    value_of([text], schema, {})
