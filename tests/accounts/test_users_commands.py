"""`flask users …` and `flask auth purge`: for whoever runs the application."""

import re
from datetime import timedelta

import pytest
from sign_in_fixtures import PASSWORD
from sqlalchemy import select

from carboy.accounts import finding
from carboy.accounts.table import AUTH_EVENTS, SESSIONS

ADA = "ada@example.com"


@pytest.fixture
def flask(runner):
    """Run a command and give what it said: `flask("users", "list")`."""

    def run(*args, answers="", fails=False):
        result = runner.invoke(args=list(args), input=answers)
        assert (result.exit_code != 0) is fails, result.output
        return result.output

    return run


@pytest.fixture
def ada(make_user):
    return make_user(ADA, username="countess", first_name="Ada")


def test_the_first_administrator_is_made_here_with_a_password_that_is_asked_for_and_not_shown(flask, room, sign_in):
    said = flask("users", "create", ADA, "--admin", answers=f"{PASSWORD}\n{PASSWORD}\n")

    user = finding.by_address(room, ADA)
    assert (user.role, user.is_active, user.confirmed_at is not None) == ("admin", True, True)
    assert f"Made the admin {ADA}." in said
    assert PASSWORD not in said
    assert sign_in(ADA)("GET", "/admin/users").status_code == 200


def test_a_password_can_be_drawn_and_is_shown_once(flask, sign_in):
    said = flask("users", "create", ADA, "--generate", "--username", "Ada")

    password = re.search(r"once:\s+(\S+)", said).group(1)
    assert sign_in(ADA, password)("GET", "/users/me").json["username"] == "ada"


@pytest.mark.parametrize(("args", "answers", "why"), [
    (("nonsense",), f"{PASSWORD}\n{PASSWORD}\n", "not an e-mail address"),
    ((ADA,), "short\nshort\n", "longer one"),
    ((ADA, "--username", "a"), f"{PASSWORD}\n{PASSWORD}\n", "3 to 64"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence_and_nobody_is_made(flask, room, args, answers, why):
    said = flask("users", "create", *args, answers=answers, fails=True)

    assert why in said
    assert "Traceback" not in said
    with room.database.reading() as session:
        assert session.execute(select(room.users)).all() == []


def test_an_address_that_is_taken_is_told_here(flask, ada):
    assert "already" in flask("users", "create", ADA.upper(), "--generate", fails=True)


def test_users_are_listed_the_newest_first_and_narrowed_down(flask, ada, make_user):
    make_user("grace@example.com", role="admin")

    every, admins, none = (
        flask("users", "list"),
        flask("users", "list", "--role", "admin"),
        flask("users", "list", "--search", "x@"),
    )

    assert every.index("grace@") < every.index(ADA)
    assert "grace@" in admins
    assert ADA not in admins
    assert none == ""


def test_it_says_when_there_are_more(flask, ada, make_user):
    make_user("grace@example.com")

    assert "There are more" in flask("users", "list", "--limit", "1")
    assert "There are more" not in flask("users", "list", "--limit", "2")


def test_a_user_is_shown_by_address_name_or_id_and_without_a_secret(flask, ada):
    by_address, *others = [flask("users", "show", who) for who in (ADA.upper(), "Countess", str(ada.id))]

    assert others == [by_address] * 2
    assert str(ada.id) in by_address
    assert ADA in by_address
    assert "argon2" not in by_address


def test_nobody_is_told_with_where_to_look(flask):
    commands = ["show", "disable", "enable", "sessions"]

    said = [flask("users", command, "nobody@example.com", fails=True) for command in commands]

    assert all("flask users list --search" in sentence for sentence in said)


def test_a_user_is_shut_out_and_let_in_again(flask, ada, sign_in, room):
    her = sign_in(ADA)

    flask("users", "disable", ADA)
    out = her("GET", "/users/me").status_code
    flask("users", "enable", ADA)

    assert out == 401
    assert her("GET", "/users/me").status_code == 401
    assert sign_in(ADA)("GET", "/users/me").status_code == 200


def test_a_role_is_given_and_one_that_nobody_knows_is_refused(flask, ada, room):
    said = flask("users", "role", ADA, "emperor", fails=True)
    flask("users", "role", ADA, "admin")

    assert "no such role" in said
    assert finding.by_id(room, ada.id).role == "admin"


def test_the_last_administrator_cannot_be_lost_by_a_command_either(flask, ada, room):
    flask("users", "role", ADA, "admin")

    said = [flask("users", "disable", ADA, fails=True), flask("users", "role", ADA, "user", fails=True)]

    assert all("last administrator" in sentence for sentence in said)
    assert (finding.by_id(room, ada.id).role, finding.by_id(room, ada.id).is_active) == ("admin", True)


def test_sign_ins_are_shown_and_ended(flask, ada, sign_in):
    held = [sign_in(ADA, by=by) for by in ("/tokens", "/sessions")]

    shown, ended = flask("users", "sessions", ADA), flask("users", "sessions", ADA, "--end")

    assert "2 in all." in shown
    assert "Ended 2." in ended
    assert [who("GET", "/users/me").status_code for who in held] == [401, 401]


def test_what_a_command_does_is_on_record_like_anything_else(flask, ada, room):
    flask("users", "disable", ADA)

    with room.database.reading() as session:
        events = session.scalars(select(AUTH_EVENTS.c.event).order_by(AUTH_EVENTS.c.id)).all()
    assert events == ["user.created", "user.disabled"]


def test_purging_says_how_much_of_each_is_gone(flask, ada, sign_in, clock, room):
    sign_in(ADA)
    clock.shift(timedelta(days=31))

    said = flask("auth", "purge")

    assert "1 of refresh_tokens" in said
    assert "1 of sessions" in said
    with room.database.reading() as session:
        assert session.execute(select(SESSIONS)).all() == []


def test_a_terminal_obeys_nothing_that_somebody_chose_as_their_name_or_program(flask, make_user, sign_in):
    make_user(ADA, first_name="\x1b[2J\nrole admin")
    sign_in(ADA, headers={"User-Agent": "\x1b]0;owned\x07"})

    told = flask("users", "show", ADA) + flask("users", "sessions", ADA)

    assert not {"\x1b", "\x07"} & set(told)
    assert "\nrole admin" not in told
