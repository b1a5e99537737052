"""Who sees whom: oneself, and those with whom one shares something. Everybody else is not there."""

import re
from functools import partial

import pytest
from carboy.data import uuid7
from sqlalchemy import select

from starter.accounts.domain import User
from starter.features import FEATURES
from starter.people.domain import acquaint

BELOW = FEATURES[FEATURES.index("starter.people") + 1 :]


def names(page):
    return re.findall(r"<h2>([^<]*?)(?: <span|</h2>)", page.text)


def told(answer):
    """What is told apart from ids: of the request, and of whom it asks about."""
    body = re.sub(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}", "id", answer.text)
    return answer.status_code, body, {name for name, _ in answer.headers}


def test_one_sees_oneself_and_those_with_whom_one_shares_something(ada, grace, eve):
    assert [who.sees() for who in (ada, grace, eve)] == [["ada", "grace"], ["ada", "grace"], ["eve"]]
    assert [names(who.opens("/people")) for who in (ada, eve)] == [["Ada Lovelace", "Grace Hopper"], ["eve"]]


def test_of_others_one_sees_their_names_and_their_picture_and_nothing_else(ada, grace):
    grace.shows()

    _, other = ada("GET", "/people").json["items"]
    page = ada.opens("/people").text

    url = f"/api/v1{grace.face}"
    assert other == {
        "id": str(grace.user.id), "username": "grace", "full_name": "Grace Hopper", "picture_url": url,
    }  # fmt: skip
    assert not any(secret in page for secret in (grace.user.email, "Europe/London", "user:"))


def test_whoever_is_shut_out_looks_as_before(ada, users, somebody):
    shut_out = somebody("grace", time_zone="Europe/London", is_active=False)
    active = somebody("linus", time_zone="Europe/London")

    _, *others = ada("GET", "/people").json["items"]

    assert [{**person, "id": "", "username": ""} for person in others] == [
        {"id": "", "username": "", "full_name": "", "picture_url": None}
    ] * 2
    assert {person["id"] for person in others} == {str(shut_out.user.id), str(active.user.id)}


def test_those_whom_one_knows_and_oneself_have_a_picture(ada, grace):
    grace.shows()

    for who in (ada, grace):
        answers = [who("GET", grace.face), who.opens(grace.face)]
        assert [(answer.status_code, answer.content_type) for answer in answers] == [(200, "image/webp")] * 2


def test_to_a_stranger_a_picture_reads_as_if_it_did_not_exist(ada, grace, eve):
    grace.shows()
    nobody = f"/people/{uuid7()}/picture"
    seen_before = {"If-None-Match": ada("GET", grace.face).headers["ETag"]}

    for ask in (lambda path: eve("GET", path), eve.opens, lambda path: eve.browser.get(path, headers=seen_before)):
        strangers, unknown, none_of_mine = (told(ask(path)) for path in (grace.face, nobody, eve.face))
        assert strangers == unknown == none_of_mine
        assert strangers[0] == 404


def test_whoever_is_not_signed_in_is_asked_who_they_are(client, grace):
    grace.shows()

    assert [client.get(f"/api/v1{path}").status_code for path in ("/people", grace.face)] == [401, 401]
    assert [client.get(path).location for path in ("/people", grace.face)] == [
        f"/login?next={path}" for path in ("/people", grace.face)
    ]


def test_administrators_see_every_picture_and_list_only_whom_they_know(grace, somebody):
    grace.shows()
    root = somebody("root", role="admin", time_zone="Asia/Seoul")

    assert [root("GET", grace.face).status_code, root.opens(grace.face).status_code] == [200, 200]
    assert grace.face in root.opens(f"/admin/users/{grace.user.id}").text
    assert root.sees() == ["root"]


def test_who_no_longer_shares_anything_is_a_stranger_again(ada, grace):
    grace.shows()

    grace("PATCH", "/users/me", json={"time_zone": "America/New_York"})

    assert ada.sees() == ["ada"]
    assert ada("GET", grace.face).status_code == 404


def test_every_circle_counts(app, ada, grace, eve):
    """Two features may bring people together, and neither knows of the other."""
    acquaint(app, lambda _me: select(User.id).where(User.username == "eve"))
    eve.shows()

    assert ada.sees() == ["ada", "eve", "grace"]
    assert ada("GET", eve.face).status_code == 200


def test_people_are_found_by_a_part_of_any_of_their_names(ada, grace, eve):
    found = {text: ada.sees(q=text) for text in ("RAC", "ce ho", "lovelace", "_", "eve")}

    assert found == {"RAC": ["grace"], "ce ho": ["grace"], "lovelace": ["ada"], "_": [], "eve": []}
    assert "Nobody fits." in ada.opens("/people?q=eve").text


@pytest.mark.parametrize("first_name", ["Ω" * 128, "🦉" * 128, "'; DROP TABLE users; --", "%", ""])
def test_the_pages_are_the_whole_list_in_the_order_of_names_whatever_they_are(ada, somebody, first_name):
    for number in range(5):
        somebody(f"user{number}", first_name=first_name, time_zone="Europe/London")

    seen, path = [], "/people?limit=2"
    while path:
        page = ada("GET", path)
        seen += [person["username"] for person in page.json["items"]]
        cursor = page.json["next_cursor"]
        path = f"/people?limit=2&cursor={cursor}" if cursor else None

    assert sorted(seen) == ["ada", *(f"user{number}" for number in range(5))]


def test_a_long_list_has_pages_that_keep_the_search(ada, somebody):
    for number in range(21):
        somebody(f"user{number:02}", time_zone="Europe/London")

    first = ada.opens("/people?q=user")
    onwards = re.search(r'href="([^"]+)" rel="next"', first.text)[1].replace("&amp;", "&")

    assert names(first) == [f"user{number:02}" for number in range(20)]
    assert names(ada.opens(onwards)) == ["user20"]
    assert "q=user" in onwards


def test_who_knows_nobody_is_told_how_one_comes_to_know_somebody(eve):
    page = eve.opens("/people").text.partition("<main")[2]

    assert "Share something with somebody" in page
    assert not [feature for feature in BELOW if feature.rpartition(".")[2] in page]  # people know none of them


@pytest.mark.parametrize("rim", ["api", "pages"])
def test_a_list_takes_the_same_number_of_statements_whoever_is_on_it(ada, somebody, statements, rim):
    ask = partial(ada, "GET", "/people") if rim == "api" else partial(ada.opens, "/people")

    def count():
        statements.clear()
        assert ask().status_code == 200
        return len(statements)

    alone = count()
    for number in range(6):
        other = somebody(f"user{number}", time_zone="Europe/London")
        if number % 2:
            other.shows()

    assert count() == alone


def test_a_name_is_text_and_no_markup(ada, somebody):
    script = "<script>alert(1)</script>"
    somebody("grace", first_name=script, last_name="\"'><img src=x onerror=alert(1)>", time_zone="Europe/London")

    page = ada.opens("/people").text

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page
