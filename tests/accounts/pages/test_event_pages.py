"""/admin/events: what happened to accounts, for administrators alone, and without a secret."""

import re
from html import unescape
from uuid import uuid4

import pytest
from sign_in_fixtures import PASSWORD

from carboy.accounts import administering, changing, events
from carboy.accounts.room import HERE, Caller
from carboy.accounts.table import AUTH_EVENTS

EVIL = "<script>alert(1)</script>"
ELSEWHERE = Caller(
    address="192.0.2.7", user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
)


@pytest.fixture
def happen(room):
    def write(event, user, caller=HERE, **detail):
        with room.database.transaction() as session:
            events.happened(room, session, event, caller, user_id=user.id, **detail)

    return write


def rows(page):
    """The rows of the table as somebody reads them."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in body.split("<tr>")[1:]]
    return [[unescape(" ".join(re.sub(r"<[^>]+>", " ", cell).split())) for cell in row] for row in cells]


def whats(boss, **query):
    answer = boss.get("/admin/events", query_string=query)
    assert answer.status_code == 200, answer.text
    return [row[2] for row in rows(answer.text) if len(row) > 1]


def test_an_event_says_when_to_whom_what_and_from_where(boss, ada, happen, clock):
    happen("login.ok", ada, ELSEWHERE, kind="browser")
    clock.shift(120)

    page = boss.get("/admin/events").text

    assert rows(page) == [["2 minutes ago", "ada@example.com", "logged in kind: browser", "192.0.2.7 Firefox on Linux"]]
    assert f'<a href="/admin/users/{ada.id}">ada@example.com</a>' in page


def test_an_event_at_the_command_line_came_from_this_machine(boss, ada, happen):
    happen("user.created", ada)

    assert rows(boss.get("/admin/events").text)[0][3] == "this machine"


def test_what_an_administrator_did_leads_to_that_administrator(boss, ada, grace):
    boss.send(f"/admin/users/{ada.id}/role", role="admin")

    page = boss.get("/admin/events").text

    assert rows(page)[0][1:3] == ["ada@example.com", "got another role before: user, now: admin, by: grace@example.com"]
    assert f'by: <a href="/admin/users/{grace.id}">grace@example.com</a>' in page


def test_what_a_deleted_administrator_did_keeps_the_name_under_which_they_asked(boss, ada, users, in_browser, room):
    other = users.make("hedy@example.com", role="admin")
    in_browser(other).send(f"/admin/users/{ada.id}/role", role="admin")

    changing.delete_account(room, other.id, caller=HERE)

    assert [row[2] for row in rows(boss.get("/admin/events").text)][-1].endswith(f"by: user:{other.id}")


def test_an_event_of_a_deleted_user_stays_without_a_name(boss, ada, room, happen):
    happen("login.ok", ada)

    changing.delete_account(room, ada.id, caller=HERE)

    page = boss.get("/admin/events").text
    assert [row[1:3] for row in rows(page)] == [
        ["nobody we know", "deleted the account"],
        ["nobody we know", "logged in"],
    ]
    assert str(ada.id) not in page


def test_a_search_with_fields_left_empty_looks_for_the_others_alone(boss, ada, happen):
    happen("register", ada)
    happen("login.ok", ada, ELSEWHERE)
    empty = {"event": "", "ip": "", "user": ""}

    assert whats(boss, **empty) == ["logged in", "signed up"]
    assert whats(boss, **empty | {"event": "register"}) == ["signed up"]
    assert whats(boss, **empty | {"ip": "192.0.2.7"}) == ["logged in"]
    assert whats(boss, **empty | {"event": "register", "ip": "192.0.2.7"}) == []


def test_the_events_of_one_user_say_whose_they_are(boss, ada, grace, happen):
    happen("register", ada)
    happen("login.ok", grace)

    of_ada = boss.get(f"/admin/events?user={ada.id}").text
    of_nobody = boss.get(f"/admin/events?user={uuid4()}")

    assert [row[2] for row in rows(of_ada)] == ["signed up"]
    assert f'Of <a href="/admin/users/{ada.id}">ada@example.com</a> only.' in of_ada
    assert f'<input type="hidden" name="user" value="{ada.id}">' in of_ada
    assert (of_nobody.status_code, rows(of_nobody.text)) == (200, [["Nothing fits."]])


def test_each_event_is_on_one_page_and_the_search_goes_along(boss, ada, happen):
    for number in range(5):
        happen("login.ok", ada, ELSEWHERE, number=number)
        happen("register", ada)

    path, seen = "/admin/events?event=login.ok&ip=192.0.2.7&limit=2", []
    while path:
        page = boss.get(path).text
        seen.append([int(row[2].rpartition(" ")[2]) for row in rows(page)])
        onwards = re.search(r'href="([^"]+)" rel="next"', page)
        path = onwards and unescape(onwards[1])

    assert seen == [[4, 3], [2, 1], [0]]


def test_a_search_that_makes_no_sense_is_told_so_on_a_page(boss):
    senseless = ["cursor=broken", "user=ada", "limit=0", "ip=%00", "ip=" + "1" * 46, "event=" + "a" * 41]

    answers = {query: boss.get(f"/admin/events?{query}") for query in senseless}

    assert {(answer.status_code, answer.mimetype) for answer in answers.values()} == {(422, "text/html")}
    assert [query for query, answer in answers.items() if f"{query.partition('=')[0]}: " not in answer.text] == []


def test_only_administrators_come_in(in_browser, browser, ada):
    user, stranger = in_browser(ada).get("/admin/events"), browser.get("/admin/events?ip=192.0.2.7")

    assert (user.status_code, stranger.status_code) == (403, 303)
    assert stranger.location == "/login?next=/admin/events?ip%3D192.0.2.7"


def test_what_a_caller_says_of_itself_is_text(boss, ada, happen):
    happen("login.ok", ada, Caller(address=EVIL, user_agent=f"Mozilla/5.0 {EVIL}"), kind=EVIL)
    happen("login.ok", ada, Caller(user_agent=EVIL))

    pages = [boss.get(path).text for path in ("/admin/events", f"/admin/users/{ada.id}")]

    assert [page for page in pages if EVIL in page or "&lt;script&gt;alert(1)" not in page] == []


def test_an_event_of_another_release_is_shown_by_its_name(boss, ada, room):
    with room.database.transaction() as session:
        session.execute(AUTH_EVENTS.insert(), {"event": "passkey.added", "user_id": ada.id})

    assert whats(boss) == ["passkey.added"]


def test_no_password_and_no_token_is_in_what_happened(boss, ada, browser, link, room):
    other = "quite another long password"
    browser.send("/login", email="nobody@example.com", password=PASSWORD)
    browser.send("/password/forgot", email="ada@example.com")
    token = link("ada@example.com")
    browser.get(f"/password/reset/{token}")
    browser.send("/password/reset", password=other)
    browser.send("/login", email="ada@example.com", password=PASSWORD)
    browser.send("/login", email="ada@example.com", password=other)
    administering.end_sessions(room, ada.id, caller=HERE)
    room.notes.write()

    page = boss.get("/admin/events?limit=100").text

    told = {row[2].partition(" login:")[0].partition(" kind:")[0].partition(" reason:")[0] for row in rows(page)}
    assert {"could not log in", "chose a new password by mail", "logged in", "was logged out"} <= told
    secrets = [PASSWORD, other, token, browser.cookie(), boss.cookie(), "nobody@example.com", "$argon2"]
    assert [secret for secret in secrets if secret in page] == []
