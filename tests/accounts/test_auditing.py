"""What happened to accounts is found again: the newest first, with who did it, and after its user is gone."""

import ast
from pathlib import Path
from uuid import uuid4

import pytest

import carboy.accounts
from carboy import context
from carboy.accounts import administering, auditing, changing, events
from carboy.accounts.auditing import Wanted
from carboy.accounts.room import HERE, Caller
from carboy.data.pages import Window

ELSEWHERE = Caller(address="192.0.2.7", user_agent="curl/8.5.0")


@pytest.fixture
def ada(users):
    return users.make()


@pytest.fixture
def happen(room):
    """Write an event."""

    def write(event, user, caller=HERE, **detail):
        with room.database.transaction() as session:
            events.happened(room, session, event, caller, user_id=user.id, **detail)

    return write


@pytest.fixture
def asked_by():
    """Let somebody ask from now on, as a request would."""
    yield context.name_asker
    context.name_asker("")


def found(room, **wanted):
    return [event.event for event in auditing.events(room, Wanted(**wanted), Window(limit=100)).items]


@pytest.mark.long
def test_events_come_the_newest_first_with_the_address_of_their_user(room, ada, happen):
    for event in ("register", "login.ok", "sudo.ok"):
        happen(event, ada)

    rows = auditing.events(room, Wanted(), Window()).items

    assert [(row.event, row.email) for row in rows] == [
        (event, ada.email) for event in ("sudo.ok", "login.ok", "register")
    ]


def test_events_come_in_pages_each_once(room, ada, happen):
    for number in range(5):
        happen("login.ok", ada, number=number)

    window, seen = Window(limit=2), []
    while window:
        page = auditing.events(room, Wanted(), window)
        seen.append([row.detail["number"] for row in page.items])
        window = page.next_cursor and Window(limit=2, cursor=page.next_cursor)

    assert seen == [[4, 3], [2, 1], [0]]


def test_events_are_found_by_what_happened_by_user_and_by_address(room, ada, users, happen):
    grace = users.make("grace@example.com")
    happen("register", ada)
    happen("login.ok", ada, ELSEWHERE)
    happen("login.ok", grace)

    assert found(room, event="login.ok") == ["login.ok", "login.ok"]
    assert found(room, user_id=ada.id) == ["login.ok", "register"]
    assert found(room, ip="192.0.2.7", event="login.ok", user_id=ada.id) == ["login.ok"]
    assert found(room, ip="192.0.2.8") == found(room, user_id=uuid4()) == found(room, event="login") == []


@pytest.mark.long
def test_an_event_of_a_deleted_user_stays_without_a_name(room, ada, happen):
    happen("login.ok", ada)

    changing.delete_account(room, ada.id, caller=HERE)

    rows = auditing.events(room, Wanted(), Window()).items
    assert [(row.event, row.user_id, row.email) for row in rows] == [
        ("account.deleted", None, None),
        ("login.ok", None, None),
    ]


def test_what_somebody_does_to_another_says_who_did_it(room, ada, users, asked_by):
    grace = users.make("grace@example.com", role="admin")
    asked_by(f"user:{grace.id}")

    administering.set_role(room, ada.id, "admin", caller=HERE)

    (event,) = auditing.events(room, Wanted(), Window()).items
    assert event.detail == {"before": "user", "now": "admin", "by": f"user:{grace.id}"}
    assert auditing.people_behind(room, [event]) == {f"user:{grace.id}": "grace@example.com"}


def test_what_somebody_does_to_themselves_or_at_the_command_line_is_nobody_elses_doing(room, ada, happen, asked_by):
    happen("login.ok", ada)
    asked_by(f"user:{ada.id}")
    happen("login.ok", ada)

    rows = auditing.events(room, Wanted(), Window()).items

    assert [row.detail for row in rows] == [None, None]
    assert auditing.people_behind(room, rows) == {}


def test_an_address_is_told_of_those_who_are_users_alone(room, ada):
    gone = f"user:{uuid4()}"
    askers = [f"user:{ada.id}", gone, "key:ci", "user:1", "user:", "visitor:" + str(ada.id), "", None, str(ada.id)]

    assert auditing.addresses(room, askers) == {f"user:{ada.id}": ada.email}


def test_every_event_that_is_written_has_words_and_every_word_an_event():
    folder = Path(carboy.accounts.__file__).parent
    trees = [ast.parse(path.read_text()) for path in folder.rglob("*.py")]

    written = {name for tree in trees for call in ast.walk(tree) for name in _event_names(call)}

    assert written == set(events.EVENTS)


def _event_names(node):
    """The names of events that this call may write: `happened(…, "name", …)`, `refused(…, "name", …)`."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("happened", "refused")):
        return []
    event = node.args[2 if node.func.id == "happened" else 1]
    names = [event.body, event.orelse] if isinstance(event, ast.IfExp) else [event]
    return [ast.literal_eval(name) for name in names]
