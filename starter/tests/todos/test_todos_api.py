"""Todos over HTTP: what the answers look like, and who gets them."""

import pytest

MILK = {"title": "Milk"}


def titles(answer):
    assert answer.status_code == 200, answer.json
    return [todo["title"] for todo in answer.json["items"]]


def test_a_new_todo_is_shown_with_all_that_was_said_and_who_owns_it(ada, grace):
    said = {"notes": "Two litres", "due_on": "2026-12-24", "priority": 1}

    answer = ada("POST", "/todos", {"title": " Buy   milk ", **said, "tags": ["Home", "home "], "assignees": ["Grace"]})

    todo = answer.json
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/todos/{todo['id']}"
    assert {name: todo[name] for name in ("title", *said)} == {"title": "Buy milk", **said}
    assert (todo["done"], todo["done_at"], todo["tags"]) == (False, None, ["home"])
    assert todo["owner"] == {"id": str(ada.user.id), "username": "ada", "full_name": "Ada Lovelace"}
    assert [person["username"] for person in todo["assignees"]] == ["grace"]
    assert ada("GET", f"/todos/{todo['id']}").json == todo


def test_little_is_needed_for_a_todo(ada):
    todo = ada.makes("Milk")

    assert (todo["notes"], todo["due_on"], todo["priority"], todo["tags"], todo["assignees"]) == ("", None, 3, [], [])


def test_nobody_is_shown_an_address(ada, grace):
    todo = ada.makes(assignees=["grace"])

    assert "example.com" not in grace("GET", f"/todos/{todo['id']}").text


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({}, "#/title"),
        ({"title": ""}, "#/title"),
        ({"title": "   "}, "#/title"),
        ({"title": "x" * 201}, "#/title"),
        ({"title": "a\nb"}, "#/title"),
        ({**MILK, "priority": 0}, "#/priority"),
        ({**MILK, "priority": 6}, "#/priority"),
        ({**MILK, "due_on": "2026-02-30"}, "#/due_on"),
        ({**MILK, "tags": [" "]}, "#/tags"),
        ({**MILK, "tags": ["x" * 41]}, "#/tags/0"),
        ({**MILK, "tags": ["home, shop"]}, "#/tags"),
        ({**MILK, "tags": [str(number) for number in range(21)]}, "#/tags"),
        ({**MILK, "assignees": ["nobody"]}, "#/assignees"),
        ({**MILK, "owner_id": "me"}, "#/owner_id"),
        ({**MILK, "done": True}, "#/done"),
    ],
)
def test_what_is_wrong_with_a_todo_is_told_where_it_is(ada, said, pointer):
    answer = ada("POST", "/todos", said)

    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json["errors"]]
    assert titles(ada("GET", "/todos")) == []


# --- who sees what, and who may do what


def test_owner_and_assignees_see_a_todo_and_to_others_it_is_not_there(ada, grace, eve):
    path = f"/todos/{ada.makes(assignees=['grace'])['id']}"

    assert [who("GET", path).status_code for who in (ada, grace, eve)] == [200, 200, 404]
    assert [titles(who("GET", "/todos")) for who in (ada, grace, eve)] == [["Milk"], ["Milk"], []]


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"done": True}),
        ("DELETE", "", None),
        ("PUT", "/assignees", {"assignees": ["eve"]}),
        ("POST", "/restore", None),
    ],
)
def test_to_a_stranger_of_a_todo_it_is_not_there_whatever_they_ask(ada, eve, method, rest, body):
    todo = ada.makes()

    answer = eve(method, f"/todos/{todo['id']}{rest}", body)

    assert answer.status_code == 404
    assert ada("GET", f"/todos/{todo['id']}").json == todo


def test_an_assignee_works_on_a_todo_and_neither_deletes_it_nor_says_who_is_to_do_it(ada, grace):
    path = f"/todos/{ada.makes(assignees=['grace'])['id']}"

    ticked = grace("PATCH", path, {"done": True})
    refused = [grace("DELETE", path), grace("PUT", f"{path}/assignees", {"assignees": []})]

    assert ticked.json["done"] is True
    assert [answer.status_code for answer in refused] == [403, 403]


def test_who_is_no_longer_to_do_it_does_not_see_it_any_more(ada, grace, eve):
    path = f"/todos/{ada.makes(assignees=['grace'])['id']}"

    answer = ada("PUT", f"{path}/assignees", {"assignees": ["eve", "ada"]})

    assert [person["username"] for person in answer.json["assignees"]] == ["ada", "eve"]
    assert [who("GET", path).status_code for who in (ada, grace, eve)] == [200, 404, 200]


def test_an_assignee_may_leave_a_todo_and_its_owner_stop_doing_it(ada, grace):
    path = f"/todos/{ada.makes(assignees=['grace', 'ada'])['id']}"

    answers = [who("DELETE", f"{path}/assignees/me").status_code for who in (grace, grace, ada, ada)]

    assert answers == [204, 404, 204, 409]
    assert grace("GET", path).status_code == 404
    assert ada("GET", path).json["assignees"] == []


def test_an_assignee_who_may_not_log_in_any_more_stays_one(ada, grace, users):
    todo = ada.makes(assignees=["grace"])
    with users.room.database.transaction() as session:
        session.execute(users.room.users.update().where(users.room.users.c.username == "grace").values(is_active=False))

    answer = ada("PUT", f"/todos/{todo['id']}/assignees", {"assignees": ["grace", "ada"]})

    assert [person["username"] for person in answer.json["assignees"]] == ["ada", "grace"]


def test_the_owner_sees_a_todo_though_they_are_not_to_do_it_any_more(ada):
    path = f"/todos/{ada.makes(assignees=['ada'])['id']}"

    answer = ada("PUT", f"{path}/assignees", {"assignees": []})

    assert answer.json["assignees"] == []
    assert ada("GET", path).status_code == 200


def test_a_user_who_goes_takes_their_todos_along_and_is_to_do_nothing_any_more(ada, grace):
    mine, theirs = ada.makes("Mine"), grace.makes("Theirs", assignees=["ada"])

    ada("DELETE", "/users/me")

    assert grace("GET", f"/todos/{theirs['id']}").json["assignees"] == []
    assert grace("GET", f"/todos/{mine['id']}").status_code == 404


# --- changing


def test_what_is_left_out_of_a_change_stays(ada):
    todo = ada.makes(notes="Two litres", due_on="2026-12-24", tags=["home"])

    changed = ada("PATCH", f"/todos/{todo['id']}", {"title": "Oat milk"}).json

    differs = {name for name in todo if todo[name] != changed[name]}
    assert differs == {"title", "version", "updated_at"}


def test_a_new_title_does_not_untick_a_todo(ada):
    path = f"/todos/{ada.makes()['id']}"
    ticked = ada("PATCH", path, {"done": True}).json

    changed = ada("PATCH", path, {"title": "Oat milk"}).json

    assert (changed["done"], changed["done_at"]) == (True, ticked["done_at"])


def test_null_takes_the_date_away_and_nothing_else_may_be_null(ada):
    path = f"/todos/{ada.makes(due_on='2026-12-24')['id']}"

    answers = [ada("PATCH", path, {name: None}) for name in ("due_on", "title", "notes", "priority", "tags", "done")]

    assert [answer.status_code for answer in answers] == [200, 422, 422, 422, 422, 422]
    assert answers[0].json["due_on"] is None


@pytest.mark.parametrize("change", [{"title": "Oat milk"}, {"tags": ["home"]}, {"done": True}])
def test_every_change_makes_a_new_version(ada, change):
    todo = ada.makes()

    answer = ada("PATCH", f"/todos/{todo['id']}", change)

    assert answer.json["version"] == todo["version"] + 1
    assert answer.headers["ETag"] == f'"{answer.json["version"]}"'


def test_a_change_of_a_version_that_is_gone_is_refused(ada, grace):
    todo = ada.makes(assignees=["grace"])
    path, seen = f"/todos/{todo['id']}", {"If-Match": f'"{todo["version"]}"'}
    grace("PATCH", path, {"notes": "Two litres"})

    answers = [ada("PATCH", path, {"title": "Oat milk"}, headers=seen), ada("DELETE", path, headers=seen)]

    assert [answer.status_code for answer in answers] == [412, 412]
    assert ada("GET", path).json["title"] == "Milk"


def test_who_has_the_newest_version_is_told_so(ada):
    path = f"/todos/{ada.makes()['id']}"
    etag = ada("GET", path).headers["ETag"]

    assert ada("GET", path, headers={"If-None-Match": etag}).status_code == 304


def test_a_todo_that_is_asked_for_twice_with_one_key_is_made_once(ada):
    key = {"Idempotency-Key": "a-key-of-ada"}

    answers = [ada("POST", "/todos", MILK, headers=key) for _ in range(2)]

    assert answers[0].json["id"] == answers[1].json["id"]
    assert titles(ada("GET", "/todos")) == ["Milk"]


# --- deleting, and having it back


def test_a_deleted_todo_is_gone_for_everybody_and_its_owner_can_have_it_back(ada, grace):
    todo = ada.makes(assignees=["grace"])
    path = f"/todos/{todo['id']}"

    assert ada("DELETE", path).status_code == 204
    assert [who("GET", path).status_code for who in (ada, grace)] == [404, 404]
    assert [titles(who("GET", "/todos")) for who in (ada, grace)] == [[], []]
    assert grace("POST", f"{path}/restore").status_code == 404

    back = ada("POST", f"{path}/restore")

    assert back.status_code == 200
    assert {**back.json, "version": 0, "updated_at": 0} == {**todo, "version": 0, "updated_at": 0}
    assert [who("GET", path).status_code for who in (ada, grace)] == [200, 200]


def test_what_is_not_deleted_cannot_be_brought_back(ada):
    assert ada("POST", f"/todos/{ada.makes()['id']}/restore").status_code == 409


# --- ticking many


def test_everything_that_is_due_before_a_day_is_ticked_at_once(ada, grace, eve):
    ada.makes("Yesterday", due_on="2026-12-23")
    ada.makes("That day", due_on="2026-12-24")
    ada.makes("Some day")
    grace.makes("Hers and mine", due_on="2026-12-01", assignees=["ada"])
    eve.makes("Not mine", due_on="2026-12-01")
    deleted = ada.makes("Deleted", due_on="2026-12-01")
    ada("DELETE", f"/todos/{deleted['id']}")

    answer = ada("POST", "/todos/complete", {"due_before": "2026-12-24"})

    assert answer.json == {"completed": 2}
    assert sorted(titles(ada("GET", "/todos?done=true"))) == ["Hers and mine", "Yesterday"]
    assert titles(eve("GET", "/todos?done=true")) == []
    assert ada("POST", "/todos/complete", {"due_before": "2026-12-24"}).json == {"completed": 0}
