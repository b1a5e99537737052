"""What people write and look for: letters of every alphabet, marks that nobody sees, and days at the end of time."""

import unicodedata

import pytest


def found(ada, **query):
    return [todo["title"] for todo in ada("GET", "/todos", query_string=query).json["items"]]


@pytest.mark.parametrize("text", ["äpfel", "ÄPFEL", "ÄpFeL"])
def test_a_search_knows_capitals_of_every_alphabet(ada, text):
    ada.makes("Zehn Äpfel")

    assert found(ada, q=text) == ["Zehn Äpfel"]


@pytest.mark.parametrize("text", ["\u200b", "\ufeff \u200d", "\u202e", "\x85", "\u00a0"], ids=ascii)
def test_a_title_or_a_tag_that_nobody_can_see_is_none(ada, text):
    answers = [ada("POST", "/todos", said) for said in ({"title": text}, {"title": "Milk", "tags": [text]})]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert found(ada) == []


def test_no_title_turns_the_line_around_or_steers_a_terminal(ada):
    todo = ada.makes("a\u202eb\u2066c\x9b31md", tags=["x\u202ey"])

    assert (todo["title"], todo["tags"]) == ("abc31md", ["xy"])


def test_a_family_of_emoji_stays_one(ada):
    family = "\U0001f469\u200d\U0001f467"

    assert ada.makes(family)["title"] == family


def test_a_tag_is_one_however_its_letters_are_put_together(ada):
    composed, apart = unicodedata.normalize("NFC", "Café"), unicodedata.normalize("NFD", "Café")

    assert ada.makes(tags=[composed, apart, "CAFÉ "])["tags"] == ["café"]


@pytest.mark.parametrize("tag", ["Straße", " STRASSE ", "strasse"])
def test_a_tag_is_looked_for_as_it_is_kept(ada, tag):
    ada.makes("Sweep", tags=["straße"])

    assert found(ada, tag=tag) == ["Sweep"]


def test_a_tag_that_grows_beyond_its_column_in_small_letters_is_refused(ada):
    answer = ada("POST", "/todos", {"title": "Milk", "tags": ["ß" * 21]})

    assert answer.status_code == 422
    assert ada.makes(tags=["ß" * 20])["tags"] == ["s" * 40]


def test_the_day_that_stands_for_none_is_refused_instead_of_being_forgotten(ada):
    path = f"/todos/{ada.makes(due_on='9999-12-30')['id']}"

    answers = [
        ada("POST", "/todos", {"title": "x", "due_on": "9999-12-31"}),
        ada("PATCH", path, {"due_on": "9999-12-31"}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert ada("GET", path).json["due_on"] == "9999-12-30"
