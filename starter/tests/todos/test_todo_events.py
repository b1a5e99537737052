"""Whoever sees a todo hears that it has changed, and nobody else does."""

import io

import pytest


@pytest.fixture
def heard(published):
    """What somebody has heard since they were asked last: an id and a version for each event."""

    def by(who):
        told = [what and (what["id"], what["version"]) for _, what in published.to(f"todos:{who.user.id}")]
        published.events[:] = [event for event in published.events if event.room != f"todos:{who.user.id}"]
        return told

    return by


@pytest.fixture
def shared(ada, grace, heard):
    """A todo of Ada's that Grace is to do; both have heard of it."""
    todo = ada.makes(assignees=["grace"])
    assert heard(ada) == heard(grace) == [(todo["id"], 1)]
    return f"/todos/{todo['id']}"


def test_whoever_is_to_do_a_new_todo_hears_of_it(shared):
    """The fixture says it all."""


@pytest.mark.parametrize("by", ["ada", "grace"])
def test_owner_and_assignee_hear_of_each_change_whoever_made_it(shared, ada, grace, eve, heard, by):
    changer = {"ada": ada, "grace": grace}[by]

    version = changer("PATCH", shared, {"done": True}).json["version"]

    assert heard(ada) == heard(grace) == [(shared.removeprefix("/todos/"), version)]
    assert heard(eve) == []


def test_a_change_that_is_refused_is_heard_by_nobody(shared, ada, grace, heard):
    assert grace("DELETE", shared).status_code == 403
    assert ada("PUT", f"{shared}/assignees", {"assignees": ["nobody"]}).status_code == 422
    assert ada("PATCH", shared, {"done": True}, headers={"If-Match": '"7"'}).status_code == 412

    assert heard(ada) == heard(grace) == []


def test_whoever_is_to_do_it_no_more_hears_that_as_the_last(shared, ada, grace, heard):
    ada("PUT", f"{shared}/assignees", {"assignees": []})
    ada("PATCH", shared, {"title": "Only mine"})

    assert [version for _, version in heard(grace)] == [2]
    assert [version for _, version in heard(ada)] == [2, 3]


def test_whoever_leaves_is_told_as_well(shared, ada, grace, heard):
    grace("DELETE", f"{shared}/assignees/me")

    assert len(heard(grace)) == len(heard(ada)) == 1


def test_a_delete_and_its_undoing_are_heard(shared, ada, grace, heard):
    ada("DELETE", shared)
    ada("POST", f"{shared}/restore")

    assert len(heard(ada)) == len(heard(grace)) == 2


def test_a_file_that_comes_and_goes_is_heard(shared, ada, grace, heard):
    file = {"file": (io.BytesIO(b"Two litres"), "list.txt", "text/plain")}
    url = ada("POST", f"{shared}/attachments", data=file, content_type="multipart/form-data").json["url"]
    ada("DELETE", url.removeprefix("/api/v1"))

    assert [version for _, version in heard(grace)] == [2, 3]


def test_ticking_all_at_once_is_one_event_for_each_who_sees_any_of_them(ada, grace, eve, heard):
    for number in range(3):
        ada.makes(f"Milk {number}", due_on="2026-12-01", assignees=["grace"] if number else [])
    eve.makes(due_on="2026-12-01")
    for who in (ada, grace, eve):
        heard(who)

    ada("POST", "/todos/complete", {"due_before": "2026-12-24"})
    ada("POST", "/todos/complete", {"due_before": "2026-12-24"})  # there is nothing left

    assert heard(ada) == heard(grace) == [None]
    assert heard(eve) == []
