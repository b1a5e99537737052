"""/admin/users: administrators find users, shut them out, let them in and give them roles; nobody else comes in."""

import re
from html import unescape
from uuid import uuid4

import pytest

from carboy.accounts import administering, finding, sessions
from carboy.accounts.room import HERE
from carboy.accounts.table import Kind

ADA = "ada@example.com"
EVIL = "<script>alert(1)</script>\"'><img src=x>"


@pytest.fixture
def ada(users, grace):
    return users.make(ADA, username="countess", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def of_ada(in_browser, ada):
    """Ada's own browser."""
    return in_browser(ada)


def listed(boss, **query):
    answer = boss.get("/admin/users", query_string=query)
    assert answer.status_code == 200, answer.text
    return re.findall(r'<a href="/admin/users/[0-9a-f-]{36}">(.*?)</a>', answer.text)


def link_named(page, text):
    """Where the link with this text leads."""
    found = re.search(rf'<a [^>]*href="([^"]+)"[^>]*>{text}</a>', page)
    return unescape(found[1]) if found else None


def chosen(page, name):
    """What a choice on the page stands at."""
    options = re.search(rf'<select id="field-{name}".*?</select>', page, re.DOTALL)[0]
    return re.findall(r'<option value="([^"]*)" selected>', options)


def told(page):
    """What the page tells first: that something was not done, and why."""
    found = re.search(r'<div class="ui negative message" role="alert">(.*?)</div>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


# --- The list


@pytest.mark.usefixtures("ada")
def test_users_are_listed_the_newest_first(boss):
    assert listed(boss) == [ADA, "grace@example.com"]


@pytest.mark.usefixtures("ada")
def test_a_search_with_fields_left_empty_looks_for_the_others_alone(boss):
    empty = {"q": "", "role": "", "active": ""}

    assert listed(boss, **empty) == [ADA, "grace@example.com"]
    assert listed(boss, **empty | {"q": "countess"}) == [ADA]
    assert listed(boss, **empty | {"role": "admin"}) == ["grace@example.com"]


def test_users_are_found_by_whether_they_may_log_in(boss, ada, room):
    administering.set_active(room, ada.id, active=False, caller=HERE)

    assert listed(boss, active="false") == [ADA]
    assert listed(boss, active="true") == ["grace@example.com"]


@pytest.mark.usefixtures("ada")
def test_what_was_pasted_with_blanks_around_it_is_found(boss):
    assert listed(boss, q=f"  {ADA}\t") == [ADA]
    assert listed(boss, q="   ") == [ADA, "grace@example.com"]


@pytest.mark.usefixtures("ada")
def test_the_fields_show_what_was_looked_for(boss):
    page = boss.get("/admin/users?q=love&role=user&active=true").text

    assert 'value="love"' in page
    assert (chosen(page, "role"), chosen(page, "active")) == (["user"], ["true"])


def test_each_user_is_on_one_page_and_the_search_goes_along(boss, users):
    newest_first = [users.make(f"user{number}@example.com").email for number in range(5)][::-1]

    path, seen = "/admin/users?q=user&role=user&limit=2", []
    while path:
        page = boss.get(path).text
        seen.append(re.findall(r">(user\d@example.com)</a>", page))
        path = link_named(page, "Older")

    assert seen == [newest_first[:2], newest_first[2:4], newest_first[4:]]
    assert link_named(page, "Back to the newest") == "/admin/users?limit=2&q=user&role=user"


def test_a_search_that_makes_no_sense_is_told_so_on_a_page(boss):
    senseless = ["cursor=broken", "cursor=WzFd", "active=perhaps", "limit=0", "limit=101", "q=%00", "q=" + "a" * 121]

    answers = {query: boss.get(f"/admin/users?{query}") for query in senseless}

    assert {(answer.status_code, answer.mimetype) for answer in answers.values()} == {(422, "text/html")}
    assert [query for query, answer in answers.items() if f"{query.partition('=')[0]}: " not in answer.text] == []


def test_what_somebody_calls_themselves_is_text(boss, users):
    eve = users.make("eve@example.com", username=EVIL, first_name=EVIL, last_name=EVIL)

    pages = [boss.get("/admin/users").text, boss.get(f"/admin/users/{eve.id}").text]

    assert [page.count("&lt;script&gt;alert(1)") for page in pages] == [3, 3]
    assert [page for page in pages if "<script>alert" in page or "<img src=x" in page] == []


def test_what_is_looked_for_is_text(boss):
    page = boss.get("/admin/users", query_string={"q": EVIL}).text

    assert "alert(1)" in page
    assert "<script>alert" not in page


# --- One user


def test_a_user_is_shown_with_where_they_are_logged_in_and_what_happened(boss, ada, room, users):
    users.sign_in(ada, Kind.BROWSER)
    administering.set_role(room, ada.id, "admin", caller=HERE)

    page = boss.get(f"/admin/users/{ada.id}").text

    wanted = (ADA, "countess", "Ada Lovelace", "got another role", "Log out everywhere")
    assert [word for word in wanted if word not in page] == []
    assert chosen(page, "role") == ["admin"]


def test_no_secret_of_a_user_is_shown(boss, users):
    ada = users.make(password_hash="$argon2id$v=19$kept")
    held = users.sign_in(ada, Kind.API)

    page = boss.get(f"/admin/users/{ada.id}").text

    assert "$argon2" not in page
    assert not any(secret in page for secret in (held.session_token, held.update_token, held.session_token[3:20]))


def test_on_their_own_page_administrators_find_no_way_to_shut_themselves_out(boss, grace):
    page = boss.get(f"/admin/users/{grace.id}").text

    assert "This is you" in page
    assert [way for way in ("/role", "/disable", "/enable") if f"/admin/users/{grace.id}{way}" in page] == []


def test_a_page_says_what_was_done_and_by_whom(boss, ada, grace):
    boss.send(f"/admin/users/{ada.id}/role", role="admin")

    page = boss.get(f"/admin/users/{ada.id}").text

    assert "Their role is admin from now on." in page
    assert f'by: <a href="/admin/users/{grace.id}">grace@example.com</a>' in page


# --- What is done


def test_a_role_is_given_and_taken(boss, ada, room):
    given = boss.send(f"/admin/users/{ada.id}/role", role="admin")
    was = finding.by_id(room, ada.id).role
    boss.send(f"/admin/users/{ada.id}/role", role="user")

    assert (given.status_code, given.location) == (303, f"/admin/users/{ada.id}")
    assert (was, finding.by_id(room, ada.id).role) == ("admin", "user")


def test_who_loses_the_role_is_no_administrator_at_their_next_request(boss, users, in_browser):
    other = users.make("hedy@example.com", role="admin")
    hers = in_browser(other)
    before = hers.get("/admin/users").status_code

    boss.send(f"/admin/users/{other.id}/role", role="user")

    assert (before, hers.get("/admin/users").status_code) == (200, 403)


def test_who_is_shut_out_is_out_at_their_next_request_and_stays_out_when_let_in_again(boss, ada, of_ada, room):
    before = of_ada.get("/account").status_code

    boss.send(f"/admin/users/{ada.id}/disable")
    after = of_ada.get("/account")
    shut_out = boss.get(f"/admin/users/{ada.id}").text
    boss.send(f"/admin/users/{ada.id}/enable")

    assert (before, after.status_code, after.location) == (200, 303, "/login?next=/account")
    assert f"/admin/users/{ada.id}/enable" in shut_out
    assert finding.by_id(room, ada.id).is_active
    assert of_ada.get("/account").status_code == 303


def test_every_sign_in_of_a_user_ends(boss, ada, of_ada, room, users):
    users.sign_in(ada, Kind.API)

    answer = boss.send(f"/admin/users/{ada.id}/sessions/revoke")

    assert answer.location == f"/admin/users/{ada.id}"
    assert (of_ada.get("/account").status_code, list(sessions.list_of(room, ada.id))) == (303, [])


def test_one_sign_in_of_a_user_ends_and_no_other(boss, ada, of_ada, room, users):
    stays = users.sign_in(ada, Kind.API).session_id
    ends = next(row.id for row in sessions.list_of(room, ada.id) if row.id != stays)

    boss.send(f"/admin/users/{ada.id}/sessions/{ends}/revoke")

    assert [row.id for row in sessions.list_of(room, ada.id)] == [stays]
    assert of_ada.get("/account").status_code == 303


def test_administrators_who_log_themselves_out_everywhere_are_asked_to_sign_in(boss, grace):
    answer = boss.send(f"/admin/users/{grace.id}/sessions/revoke")

    assert boss.get(answer.location).location == f"/login?next=/admin/users/{grace.id}"


# --- What is refused

WAYS = ("role", "disable", "enable", "sessions/revoke", "sessions/{session_id}/revoke")


@pytest.fixture
def ways(ada, of_ada, room):
    """Every address where something is done to Ada."""
    session_id = sessions.list_of(room, ada.id)[0].id
    return [f"/admin/users/{ada.id}/{way.format(session_id=session_id)}" for way in WAYS]


@pytest.fixture
def state(ada, room):
    """Everything that could have been done to Ada."""
    return lambda: (finding.by_id(room, ada.id), len(sessions.list_of(room, ada.id)))


@pytest.fixture
def of_eve(in_browser, users):
    """The browser of a user who is no administrator."""
    return in_browser(users.make("eve@example.com"))


def test_users_who_are_no_administrators_are_refused(of_eve, ada, ways, state):
    before = state()

    answers = [of_eve.get(path) for path in ("/admin/users", f"/admin/users/{ada.id}")]
    answers += [of_eve.send(path, role="admin") for path in ways]

    assert {answer.status_code for answer in answers} == {403}
    assert state() == before


def test_strangers_are_asked_to_log_in(browser, ada, ways, state):
    before = state()

    answers = [browser.get(path) for path in ("/admin/users", f"/admin/users/{ada.id}")]
    answers += [browser.send(path, role="admin") for path in ways]

    assert {(answer.status_code, answer.location.partition("?")[0]) for answer in answers} == {(303, "/login")}
    assert state() == before


def test_whoever_is_refused_learns_nothing_of_who_is_there(of_eve, ada):
    there, nowhere = (of_eve.get(f"/admin/users/{user_id}") for user_id in (ada.id, uuid4()))

    assert (there.status_code, nowhere.status_code) == (403, 403)
    assert ADA not in there.text


def test_what_changes_something_asks_for_the_password_when_it_was_typed_long_ago(
    settings, boss, ada, ways, state, clock
):
    before = state()
    clock.shift(settings.sudo_max_age + 1)

    answers = [boss.send(path, {"Referer": f"http://localhost/admin/users/{ada.id}"}, role="admin") for path in ways]

    proof = f"/account/reauthenticate?next=/admin/users/{ada.id}"
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, proof)}
    assert "Nothing was done yet" in boss.get(proof).text
    assert state() == before


def test_to_look_needs_no_fresh_proof(settings, boss, ada, clock):
    clock.shift(settings.sudo_max_age + 1)

    assert [boss.get(path).status_code for path in ("/admin/users", f"/admin/users/{ada.id}")] == [200, 200]


def test_what_another_site_sends_is_refused(boss, ways, state):
    before = state()

    without = [boss.client.post(path, data={"role": "admin"}).status_code for path in ways]
    foreign = [boss.send(path, {"Origin": "https://evil.example"}, role="admin").status_code for path in ways]

    assert (set(without), set(foreign)) == ({403}, {403})
    assert state() == before


@pytest.mark.usefixtures("ada")
def test_nothing_is_done_by_following_a_link(boss, ways):
    assert {boss.get(path).status_code for path in ways} == {405}


def test_nobody_shuts_themselves_out_or_gives_themselves_a_role(boss, grace, room):
    answers = [boss.send(f"/admin/users/{grace.id}/{way}", role="user") for way in ("role", "disable", "enable")]

    assert [answer.status_code for answer in answers] == [409] * 3
    assert {told(answer.text) for answer in answers} == {
        "Nobody shuts themselves out, or gives themselves a role. Ask another administrator."
    }
    assert (finding.by_id(room, grace.id).role, finding.by_id(room, grace.id).is_active) == ("admin", True)


@pytest.mark.settings(require_confirmed_email=True)
@pytest.mark.parametrize("way", ["role", "disable"])
def test_the_last_administrator_who_can_log_in_stays_and_the_page_says_why(in_browser, users, room, way):
    # Whoever asks is one as well, but could not log in once more: their address is not confirmed.
    last = users.make("last@example.com", role="admin")
    boss = in_browser(users.make("grace@example.com", role="admin", confirmed_at=None))

    answer = boss.send(f"/admin/users/{last.id}/{way}", role="user")

    assert (answer.status_code, told(answer.text)) == (409, "This is the last administrator.")
    assert "last@example.com" in answer.text
    assert finding.by_id(room, last.id) == last


def test_a_role_that_is_none_is_told_beside_its_field_and_the_choice_stays_as_it_was(boss, ada, room):
    answers = [boss.send(f"/admin/users/{ada.id}/role", role=role) for role in ("emperor", "ADMIN", "", EVIL)]

    assert {answer.status_code for answer in answers} == {422}
    assert all('<p class="wrong" id="field-role-wrong">' in answer.text for answer in answers)
    assert all('aria-describedby="field-role-wrong"' in answer.text for answer in answers)
    assert all(f"<title>Error: {ADA}" in answer.text for answer in answers)
    assert [chosen(answer.text, "role") for answer in answers] == [["user"]] * 4
    assert finding.by_id(room, ada.id).role == "user"


@pytest.mark.settings(require_confirmed_email=True)
def test_a_refused_button_leaves_the_choice_beside_it_as_it_was(in_browser, users, room):
    with room.database.transaction() as session:
        session.execute(administering.ROLES.insert(), {"name": "a-first"})
    last = users.make("last@example.com", role="admin")
    boss = in_browser(users.make("grace@example.com", role="admin", confirmed_at=None))

    answer = boss.send(f"/admin/users/{last.id}/disable")

    assert (answer.status_code, chosen(answer.text, "role")) == (409, ["admin"])


def test_a_sign_in_of_somebody_else_is_not_found_under_this_user(boss, ada, grace, room):
    hers = sessions.list_of(room, grace.id)[0].id

    answer = boss.send(f"/admin/users/{ada.id}/sessions/{hers}/revoke")

    assert answer.status_code == 404
    assert boss.get("/admin/users").status_code == 200


def test_who_is_not_there_is_not_found(boss):
    nobody = f"/admin/users/{uuid4()}"

    shown = [boss.get(path).status_code for path in (nobody, "/admin/users/1", "/admin/users/nobody")]
    done = [boss.send(f"{nobody}/{way.format(session_id=uuid4())}", role="user").status_code for way in WAYS]

    assert (set(shown), set(done)) == ({404}, {404})
