"""Administrators find users, shut them out, let them in and give them roles; themselves never."""

from hashlib import sha256

import pytest
from sign_in_fixtures import PASSWORD
from sqlalchemy import select

from carboy.accounts import administering, finding
from carboy.accounts.refusals import LastAdmin
from carboy.accounts.room import HERE
from carboy.accounts.table import AUTH_EVENTS

ADA = "ada@example.com"
KEY = "ck_for_tests_of_accounts"


@pytest.fixture
def grace(make_user):
    return make_user("grace@example.com", role="admin", first_name="Grace")


@pytest.fixture
def boss(grace, sign_in):
    return sign_in("grace@example.com")


@pytest.fixture
def ada(make_user):
    return make_user(ADA, username="countess", first_name="Ada", last_name="Löwe-LACE Groß")


def found(boss, **query):
    answer = boss("GET", "/admin/users", query_string=query)
    assert answer.status_code == 200, answer.json
    return [user["email"] for user in answer.json["items"]]


def change(boss, user, **said):
    return boss("PATCH", f"/admin/users/{user.id}", said)


# --- Finding


@pytest.mark.usefixtures("ada")
def test_a_user_is_found_by_a_part_of_address_or_name_in_any_capitals(boss):
    texts = ["ada@", "EXAMPLE.com", "countess", "COUNT", "Ada", "lace", "LÖWE", "groß"]

    assert [text for text in texts if ADA not in found(boss, q=text)] == []


def test_users_are_found_by_role_and_by_whether_they_may_sign_in(boss, ada, make_user):
    make_user("hedy@example.com")
    change(boss, ada, is_active=False)

    assert found(boss, role="admin") == ["grace@example.com"]
    assert found(boss, active="false") == [ADA]
    assert found(boss, active="true", role="user") == ["hedy@example.com"]


def test_users_come_in_pages_the_newest_first_each_once(boss, make_user):
    newest_first = [make_user(f"user{number}@example.com").email for number in range(4)][::-1]

    first = boss("GET", "/admin/users", query_string={"limit": 3})
    second = boss("GET", "/admin/users", query_string={"limit": 3, "cursor": first.json["next_cursor"]})

    emails = [user["email"] for page in (first, second) for user in page.json["items"]]
    assert emails == [*newest_first, "grace@example.com"]
    assert second.json["next_cursor"] is None


def test_a_user_is_shown_with_what_administrators_need_and_no_secret(boss, ada):
    shown = boss("GET", f"/admin/users/{ada.id}").json

    assert set(shown) == {
        "id", "email", "username", "first_name", "last_name", "role", "is_active", "confirmed_at", "created_at",
    }  # fmt: skip


def test_who_is_not_there_is_not_found(boss):
    nobody = "/admin/users/01890000-0000-7000-8000-000000000000"

    answers = [boss("GET", nobody), boss("PATCH", nobody, {"role": "user"}), boss("DELETE", f"{nobody}/sessions")]

    assert [answer.status_code for answer in answers] == [404] * 3


# --- Shutting out and letting in


def test_who_is_shut_out_is_signed_out_everywhere_at_once_and_signs_in_nowhere(boss, ada, sign_in, api):
    held = [sign_in(ADA, by=by) for by in ("/tokens", "/sessions")]

    answer = change(boss, ada, is_active=False)

    assert (answer.status_code, answer.json["is_active"]) == (200, False)
    assert [who("GET", "/users/me").status_code for who in held] == [401, 401]
    assert api("PUT", "/tokens", {"refresh_token": held[0].held["refresh_token"]}).status_code == 401
    assert api("POST", "/tokens", {"email": ADA, "password": PASSWORD}).status_code == 401


def test_who_is_let_in_again_signs_in_anew_and_what_they_held_stays_dead(boss, ada, sign_in):
    held = [sign_in(ADA, by=by) for by in ("/tokens", "/sessions")]
    change(boss, ada, is_active=False)

    change(boss, ada, is_active=True)

    assert [who("GET", "/users/me").status_code for who in held] == [401, 401]
    assert sign_in(ADA)("GET", "/users/me").status_code == 200


def test_who_is_shut_out_gets_no_link_and_those_that_were_sent_are_dead(boss, ada, api, link, jobs, outbox):
    api("POST", "/password-resets", {"email": ADA})
    token = link(ADA)
    change(boss, ada, is_active=False)

    answer = api("PUT", "/password-resets", {"token": token, "password": "quite another long one"})
    api("POST", "/password-resets", {"email": ADA})
    jobs.drain()

    assert (answer.status_code, len(outbox)) == (400, 1)


def test_the_sign_ins_of_a_user_are_shown_and_ended(boss, ada, sign_in):
    held = [sign_in(ADA, by=by) for by in ("/tokens", "/sessions")]

    shown = boss("GET", f"/admin/users/{ada.id}/sessions").json["items"]
    ended = boss("DELETE", f"/admin/users/{ada.id}/sessions")

    assert {row["kind"] for row in shown} == {"jwt", "api"}
    assert not [row for row in shown if row["current"]]
    assert ended.status_code == 204
    assert [who("GET", "/users/me").status_code for who in held] == [401, 401]
    assert boss("GET", f"/admin/users/{ada.id}/sessions").json["items"] == []


# --- Roles


def test_a_role_holds_from_the_next_request_of_a_token_that_was_given_before(boss, ada, sign_in):
    her = sign_in(ADA)
    before = her("GET", "/admin/users").status_code

    change(boss, ada, role="admin")
    during = her("GET", "/admin/users").status_code
    change(boss, ada, role="user")

    assert (before, during, her("GET", "/admin/users").status_code) == (403, 200, 403)


def test_a_role_that_nobody_knows_is_refused_with_those_that_there_are(boss, ada, room):
    answer = change(boss, ada, role="emperor")

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "#/role")
    assert "admin, user" in answer.json["errors"][0]["detail"]
    assert finding.by_id(room, ada.id).role == "user"


def test_of_two_changes_either_both_are_done_or_none(boss, ada, room):
    answer = boss("PATCH", f"/admin/users/{ada.id}", {"is_active": False, "role": "emperor"})

    assert answer.status_code == 422
    assert finding.by_id(room, ada.id).is_active


def test_what_administrators_cannot_mean_changes_nothing(boss, ada, room):
    answers = [change(boss, ada, **said) for said in ({"role": None}, {"is_active": "no"}, {"email": "x@example.com"})]

    assert [answer.status_code for answer in answers] == [200, 422, 422]
    assert finding.by_id(room, ada.id) == ada


# --- Who may


def test_nobody_shuts_themselves_out_or_takes_their_own_role(boss, grace, make_user, room):
    make_user("hedy@example.com", role="admin")

    answers = [change(boss, grace, is_active=False), change(boss, grace, role="user")]

    assert [answer.json["code"] for answer in answers] == ["conflict"] * 2
    assert finding.by_id(room, grace.id) == grace


def test_changing_somebody_takes_a_fresh_proof_and_looking_does_not(boss, ada, clock):
    clock.shift(601)

    answers = [change(boss, ada, role="admin"), boss("DELETE", f"/admin/users/{ada.id}/sessions")]

    assert [answer.json["code"] for answer in answers] == ["reauthentication-required"] * 2
    assert boss("GET", f"/admin/users/{ada.id}").status_code == 200


ROUTES = [("GET", ""), ("GET", "/ID"), ("PATCH", "/ID"), ("GET", "/ID/sessions"), ("DELETE", "/ID/sessions")]


@pytest.mark.settings(api_keys=(f"tests={sha256(KEY.encode()).hexdigest()}",))
def test_strangers_users_and_machines_administer_nothing(ada, sign_in, api):
    her = sign_in(ADA)
    paths = [(method, "/admin/users" + path.replace("ID", str(ada.id))) for method, path in ROUTES]

    strangers = {api(method, path).status_code for method, path in paths}
    users = {her(method, path).status_code for method, path in paths}
    machines = {api(method, path, headers={"X-API-Key": KEY}).status_code for method, path in paths}

    assert (strangers, users, machines) == ({401}, {403}, {403})


@pytest.mark.settings(api_keys=(f"tests={sha256(KEY.encode()).hexdigest()}",))
def test_a_machine_has_no_account_to_look_at(api):
    asked = [(method, f"/{path}") for method in ("GET", "DELETE") for path in ("users/me", "sessions", "tokens")]

    answers = [api(method, path, headers={"X-API-Key": KEY}) for method, path in asked]

    assert [answer.status_code for answer in answers] == [403] * 6


@pytest.mark.settings(require_confirmed_email=True)
def test_who_cannot_sign_in_for_want_of_a_proven_address_is_not_the_administrator_who_is_left(api, room, make_user):
    root = make_user("root@example.com", role="admin")
    api("POST", "/users", {"email": "eve@example.com", "password": PASSWORD})
    eve = finding.by_address(room, "eve@example.com")
    administering.set_role(room, eve.id, "admin", caller=HERE)

    with pytest.raises(LastAdmin):
        administering.set_active(room, root.id, False, caller=HERE)


def test_a_role_that_a_user_has_already_is_no_event(room, make_user):
    ada = make_user()

    administering.set_role(room, ada.id, "user", caller=HERE)

    with room.database.reading() as session:
        assert session.scalars(select(AUTH_EVENTS.c.event).where(AUTH_EVENTS.c.event == "user.role")).all() == []
