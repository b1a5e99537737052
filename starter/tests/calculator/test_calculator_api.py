"""The calculator over HTTP: anybody may ask, and every question has an answer that JSON can write."""

import pytest

BEYOND = "1" + "0" * 399


@pytest.fixture
def ask(client):
    return lambda path, **numbers: client.get(f"/api/v1/calculator/{path}", query_string=numbers)


def broken(answer):
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json"), answer.text
    return [(error["parameter"], error["code"]) for error in answer.json["errors"]]


@pytest.mark.parametrize(("path", "result"), [("add", 9.5), ("subtract", 5.5), ("multiply", 15.0), ("divide", 3.75)])
def test_anybody_may_calculate(ask, path, result):
    answer = ask(path, a="7.5", b="2")

    assert (answer.status_code, answer.json) == (200, {"result": result})


@pytest.mark.parametrize("zero", ["0", "-0", "0.0", "-0.0", "0e5", "0E-300"])
@pytest.mark.parametrize("a", ["1", "0"])
def test_a_division_by_zero_is_422_and_names_the_rule(ask, a, zero):
    answer = ask("divide", a=a, b=zero)

    assert broken(answer) == [("b", "not")]
    assert answer.json["errors"][0]["detail"] == "Must not be 0."


def test_a_divisor_that_only_looks_like_zero_to_a_computer_is_named_as_well(ask):
    assert broken(ask("divide", a="1", b="1e-400")) == [("b", "not")]


@pytest.mark.parametrize(
    ("path", "a", "b"),
    [
        ("multiply", "1e308", "10"),
        ("add", "1.7e308", "1.7e308"),
        ("subtract", "-1.7e308", "1.7e308"),
        ("divide", "1", "5e-324"),
    ],
)
def test_a_result_beyond_all_numbers_is_422_and_never_infinity(ask, path, a, b):
    answer = ask(path, a=a, b=b)

    assert broken(answer) == [("a", "rule"), ("b", "rule")]
    assert {error["detail"] for error in answer.json["errors"]} == {"The result is too large."}


@pytest.mark.parametrize("path", ["add", "divide"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BEYOND, "type"),
        (f"-{BEYOND}", "type"),
        ("1" + "0" * 5000, "type"),
        ("1e999", "type"),
        ("inf", "type"),
        ("NaN", "type"),
        ("1_000", "type"),
        ("0x10", "type"),
        ("+1", "type"),
        ("1,5", "type"),
        ("٣", "type"),
        ("", "type"),
        (" 1", "type"),
    ],
)
def test_a_text_that_is_no_number_or_too_large_a_one_is_422(ask, path, text, code):
    assert broken(ask(path, a=text, b="1")) == [("a", code)]


def test_the_largest_and_the_smallest_numbers_are_numbers(ask):
    assert ask("add", a="1.7976931348623157e308", b="-5e-324").json == {"result": 1.7976931348623157e308}
    assert ask("divide", a="5e-324", b="5e-324").json == {"result": 1.0}


def test_zero_is_written_without_a_sign(ask):
    assert ask("multiply", a="0", b="-1").text == '{"result":0.0}'


def test_both_numbers_are_asked_for_at_once(ask):
    assert broken(ask("add")) == [("a", "required"), ("b", "required")]


@pytest.mark.parametrize(
    ("query", "wrong"), [("a=1&a=2&b=3", [("a", "type")]), ("a=1&b=2&c=3", [("c", "additionalProperties")])]
)
def test_what_is_said_twice_or_for_nothing_is_422(client, query, wrong):
    assert broken(client.get(f"/api/v1/calculator/add?{query}")) == wrong


def test_there_is_nothing_to_post(client):
    answer = client.post("/api/v1/calculator/add", json={"a": 1, "b": 2})

    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
