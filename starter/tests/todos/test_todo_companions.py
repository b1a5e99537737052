"""Who shares a todo knows the others, as people know each other here."""


def knows(who):
    return [person["username"] for person in who("GET", "/people").json["items"]]


def test_those_who_share_a_todo_know_each_other_and_nobody_else_does(ada, grace, eve, asker):
    linus = asker("linus")
    ada.makes(assignees=["grace", "linus"])
    eve.makes()

    assert [knows(who) for who in (ada, grace, linus)] == [["ada", "grace", "linus"]] * 3
    assert knows(eve) == ["eve"]


def test_who_leaves_a_todo_knows_the_others_no_more(ada, grace):
    todo = ada.makes(assignees=["grace"])

    grace("DELETE", f"/todos/{todo['id']}/assignees/me")

    assert (knows(ada), knows(grace)) == (["ada"], ["grace"])


def test_a_todo_that_is_deleted_brings_nobody_together(ada, grace):
    path = f"/todos/{ada.makes(assignees=['grace'])['id']}"

    ada("DELETE", path)
    assert (knows(ada), knows(grace)) == (["ada"], ["grace"])

    ada("POST", f"{path}/restore")
    assert (knows(ada), knows(grace)) == (["ada", "grace"], ["ada", "grace"])
