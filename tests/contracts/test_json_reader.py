"""One reader for every JSON body: what Python's own takes for JSON and is none, or hurts, is refused as malformed."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carboy.errors import Malformed
from carboy.web.contracts.reading import DEEPEST, read_json

BROKEN = {
    "nothing": b"",
    "blanks": b"  \n",
    "half an object": b'{"a": ',
    "two values": b"1 2",
    "single quotes": b"{'a': 1}",
    "a comma too many": b"[1,]",
    "a comment": b"[1] // one",
    "NaN": b'{"a": NaN}',
    "Infinity": b"[Infinity]",
    "minus Infinity": b"[-Infinity]",
    "a number beyond floats": b"[1e999]",
    "a number beyond floats, downwards": b"[-1e999]",
    "5,000 digits": b"9" * 5000,
    "more digits than a float holds": b"9" * 400,
    "Latin-1": '{"a": "é"}'.encode("latin-1"),
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-32": '{"a": 1}'.encode("utf-32"),
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "an overlong NUL": b'"\xc0\x80"',
    "a surrogate as bytes": b'"\xed\xa0\x80"',
    "a lone high surrogate": b'{"a": "\\ud800"}',
    "a lone low surrogate": b'{"a": "\\uDFFF"}',
    "a lone surrogate as a name": b'{"\\ud83d": 1}',
    "surrogates the wrong way round": b'"\\ude00\\ud83d"',
    "a raw control character": b'"a\x01b"',
    "a raw NUL": b'"a\x00b"',
    "a name twice": b'{"a": 1, "a": 1}',
    "a name twice, deep": b'{"b": [{"a": 1, "a": 2}]}',
    "a name twice, escaped": b'{"a": 1, "\\u0061": 2}',
    "lists 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "lists 100,000 deep, never closed": b"[" * 100_000,
    "objects 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "one level too deep": b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_whole_json_is_malformed(name):
    with pytest.raises(Malformed):
        read_json(BROKEN[name])


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"null", None),
        (b"-0", 0),
        (b"1e308", 1e308),
        (b"1e-999", 0.0),
        (b'"\\ud83d\\ude00"', "😀"),
        ('"우유"'.encode(), "우유"),
        (b'"\\u0000"', "\0"),
        (b"[" * DEEPEST + b"]" * DEEPEST, None),
        (b"9" * 300, int("9" * 300)),
    ],
)
def test_what_is_json_is_read(content, value):
    read = read_json(content)

    assert value is None or read == value


def test_what_is_wrong_is_told_without_repeating_what_was_sent():
    with pytest.raises(Malformed) as refused:
        read_json(b'{"password": hunter2}')

    assert refused.value.detail == "Expecting value at line 1, column 14."


@given(st.binary(max_size=60))
def test_no_bytes_are_anything_but_a_value_or_malformed(content):
    with suppress(Malformed):
        read_json(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=4), children, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_every_json_value_is_read_as_it_is(value):
    assert read_json(json.dumps(value).encode()) == value
