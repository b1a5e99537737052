"""What users change about their own account: address, profile, and whether it exists."""

import pytest
from sign_in_fixtures import PASSWORD
from sqlalchemy import Column, Integer, MetaData, Table, select, text

from carboy.accounts import finding
from carboy.accounts.events import session_revoked
from carboy.accounts.table import AUTH_EVENTS, SESSIONS, USER_TOKENS

ADA, NEW = "ada@example.com", "lovelace@example.com"


@pytest.fixture
def ada(make_user):
    return make_user(ADA, username="ada", first_name="Ada")


@pytest.fixture
def me(ada, sign_in):
    return sign_in(ADA, by="/sessions")


def ask_for(me, email=NEW):
    return me("POST", "/email-changes", {"email": email})


def follow(who, token):
    return who("PUT", "/email-changes", {"token": token})


# --- The address


def test_an_address_is_changed_once_its_link_was_followed_and_not_before(ada, me, api, room, link):
    asked = ask_for(me, " Lovelace@Example.com")
    before = finding.by_id(room, ada.id).email

    followed = follow(api, link("Lovelace@example.com"))

    after = finding.by_id(room, ada.id)
    assert (asked.status_code, before, followed.status_code) == (202, ADA, 204)
    assert (after.email, after.email_normalized) == ("Lovelace@example.com", NEW)


def test_the_old_address_is_told_before_anything_is_changed(me, jobs, outbox):
    ask_for(me)
    jobs.drain()

    assert "about to change" in outbox.to(ADA).subject
    assert "/account/email/" not in outbox.to(ADA).text


def test_a_new_address_ends_every_sign_in_but_the_one_that_follows_the_link(me, sign_in, link):
    other = sign_in(ADA)
    ask_for(me)

    follow(me, link(NEW))

    assert (me("GET", "/users/me").status_code, other("GET", "/users/me").status_code) == (200, 401)


def test_a_stranger_who_follows_the_link_leaves_no_sign_in(me, api, link):
    ask_for(me)

    follow(api, link(NEW))

    assert me("GET", "/users/me").status_code == 401


def test_a_new_address_makes_links_to_the_old_one_worthless(me, api, link):
    api("POST", "/password-resets", {"email": ADA})
    reset = link(ADA)
    ask_for(me)

    follow(api, link(NEW))

    assert api("PUT", "/password-resets", {"token": reset, "password": "quite another one 77"}).status_code == 400


def test_wishing_for_an_address_that_is_taken_reads_as_for_any_other_and_its_owner_is_told(
    me, make_user, jobs, outbox, room, ada
):
    make_user("grace@example.com")

    free, taken = ask_for(me), ask_for(me, "grace@example.com")
    jobs.drain()

    assert (taken.status_code, taken.data) == (free.status_code, free.data)
    assert "already have an account" in outbox.to("grace@example.com").subject
    assert finding.by_id(room, ada.id).email == ADA


def test_an_address_that_is_taken_meanwhile_is_refused_like_any_dead_link(me, make_user, api, room, ada, link):
    ask_for(me)
    token = link(NEW)
    make_user(NEW)

    answer = follow(api, token)

    assert (answer.status_code, answer.json["code"]) == (400, "link-invalid")
    assert finding.by_id(room, ada.id).email == ADA
    assert me("GET", "/users/me").status_code == 200


def test_the_own_address_in_other_capitals_is_a_change_like_any_other(me, api, room, ada, link):
    ask_for(me, "ADA@example.com")

    answer = follow(api, link("ADA@example.com"))

    assert answer.status_code == 204
    assert (finding.by_id(room, ada.id).email, finding.by_id(room, ada.id).email_normalized) == ("ADA@example.com", ADA)


def test_what_is_no_address_is_refused_at_its_field(me):
    wrong = ["nonsense", "a@b", "ada@example.com\nBcc: eve@example.com", "ada\uff20example.com"]

    answers = [ask_for(me, text) for text in wrong]

    assert [(answer.status_code, answer.json["errors"][0]["pointer"]) for answer in answers] == [(422, "#/email")] * 4


# --- The profile


def test_what_is_given_is_changed_and_all_else_stays(me):
    answer = me("PATCH", "/users/me", {"last_name": "Lovelace", "time_zone": "Europe/London"})

    said = answer.json
    assert (said["first_name"], said["last_name"], said["time_zone"]) == ("Ada", "Lovelace", "Europe/London")
    assert (said["username"], said["email"], said["role"]) == ("ada", ADA, "user")


def test_a_user_name_is_kept_in_small_letters_and_can_be_given_up(me):
    named = me("PATCH", "/users/me", {"username": "Lovelace"})
    given_up = me("PATCH", "/users/me", {"username": None})

    assert (named.json["username"], given_up.json["username"]) == ("lovelace", None)


def test_a_user_name_that_somebody_has_is_refused_at_its_field(me, make_user):
    make_user("grace@example.com", username="grace")

    answer = me("PATCH", "/users/me", {"username": "GRACE", "last_name": "Lovelace"})

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "#/username")
    assert me("GET", "/users/me").json["last_name"] == ""


def test_what_is_not_part_of_the_profile_is_not_changed_with_it(me):
    before = me("GET", "/users/me").json
    columns = ["email", "role", "is_active", "confirmed", "confirmed_at", "id", "password"]

    answers = [me("PATCH", "/users/me", {column: "admin"}) for column in columns]

    assert {answer.status_code for answer in answers} == {422}
    assert me("GET", "/users/me").json == before


def test_nothing_at_all_changes_nothing(me):
    before = me("GET", "/users/me").json

    answer = me("PATCH", "/users/me", {})

    assert (answer.status_code, answer.json) == (200, before)


# --- The end


def rows_about(room, user_id):
    with room.database.reading() as session:
        tables = (SESSIONS, USER_TOKENS, AUTH_EVENTS)
        return [len(session.execute(select(table).where(table.c.user_id == user_id)).all()) for table in tables]


def test_an_account_goes_with_all_that_hangs_off_it_and_its_events_lose_the_name(ada, me, api, room, link):
    api("POST", "/password-resets", {"email": ADA})
    link(ADA)

    answer = me("DELETE", "/users/me")

    assert (answer.status_code, finding.by_id(room, ada.id)) == (204, None)
    assert rows_about(room, ada.id) == [0, 0, 0]
    assert me("GET", "/users/me").status_code == 401
    with room.database.reading() as session:
        assert "account.deleted" in session.scalars(select(AUTH_EVENTS.c.event)).all()


def test_an_account_that_is_gone_can_be_made_anew_and_is_another(ada, me, api, room):
    me("DELETE", "/users/me")

    api("POST", "/users", {"email": ADA, "password": PASSWORD})

    assert finding.by_address(room, ADA).id != ada.id


def test_the_last_administrator_stays(make_user, sign_in, room):
    grace = make_user("grace@example.com", role="admin")
    boss = sign_in("grace@example.com")

    refused = boss("DELETE", "/users/me")
    make_user("hedy@example.com", role="admin")
    done = boss("DELETE", "/users/me")

    assert (refused.status_code, refused.json["code"], done.status_code) == (409, "last-admin", 204)
    assert finding.by_id(room, grace.id) is None


def test_an_administrator_who_is_shut_out_does_not_count_as_one_who_stays(make_user, sign_in, room):
    make_user("grace@example.com", role="admin")
    hedy = make_user("hedy@example.com", role="admin")
    boss = sign_in("grace@example.com")
    boss("PATCH", f"/admin/users/{hedy.id}", {"is_active": False})

    assert boss("DELETE", "/users/me").status_code == 409


@pytest.fixture
def orders(room):
    """A table of the application whose rows keep their user."""
    with room.database.transaction() as session:
        session.execute(text("CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id CHAR(32) REFERENCES users (id))"))
    return Table("orders", MetaData(), Column("id", Integer), Column("user_id", room.users.c.id.type))


def test_an_account_that_something_still_belongs_to_stays_and_so_do_its_sign_ins(ada, me, room, orders):
    with room.database.transaction() as session:
        session.execute(orders.insert(), {"id": 1, "user_id": ada.id})

    answer = me("DELETE", "/users/me")

    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert "still belongs" in answer.json["detail"]
    assert me("GET", "/users/me").status_code == 200


@pytest.mark.settings(blacklist_storage_type="memory")
def test_who_could_not_delete_their_account_is_signed_in_wherever_ended_tokens_are_known(ada, sign_in, room, orders):
    me = sign_in(ADA)
    with room.database.transaction() as session:
        session.execute(orders.insert(), {"id": 1, "user_id": ada.id})

    refused = me("DELETE", "/users/me")

    assert (refused.status_code, me("GET", "/users/me").status_code) == (409, 200)


def test_who_deletes_their_account_is_told_of_to_whoever_listens(ada, me, room):
    told = []

    def note(_room, **said):
        told.append(said)

    with session_revoked.connected_to(note):
        me("DELETE", "/users/me")

    assert [(said["user_id"], said["reason"]) for said in told] == [(ada.id, "account-deleted")]
