"""What becomes of todos while nobody looks: the morning's mail, and the end of what was deleted."""

from datetime import UTC, datetime, timedelta

import pytest
from carboy.data.flask import data_of
from carboy.jobs.flask import jobs_of
from sqlalchemy import select

from starter.todos import digests
from starter.todos.jobs import ask_for_digests, sweep_todos
from starter.todos.models import Todo
from starter.todos.readers import ReadersBackend

BERLIN, AUCKLAND, KATHMANDU = "Europe/Berlin", "Pacific/Auckland", "Asia/Kathmandu"
SEVEN_IN_BERLIN = datetime(2026, 12, 24, 6, tzinfo=UTC)


@pytest.fixture
def perform(app, jobs):
    """Have a job done, and all that comes of it."""

    def done(handler):
        with data_of(app).database.transaction():
            jobs_of(app).enqueue(handler)
        jobs.drain()

    return done


@pytest.fixture
def morning(clock, perform):
    """Look whose morning it is at this moment."""

    def look(moment):
        clock.move_to(moment)
        perform(ask_for_digests)

    return look


def test_a_digest_says_what_is_due_and_overdue_and_nothing_else(asker, morning, outbox):
    ada = asker("ada", time_zone=BERLIN, first_name="Ada")
    ada.makes("Due today", due_on="2026-12-24")
    ada.makes("Overdue", due_on="2026-12-01")
    ada.makes("Tomorrow", due_on="2026-12-25")
    ada.makes("Some day")
    done = ada.makes("Done", due_on="2026-12-24")
    ada("PATCH", f"/todos/{done['id']}", {"done": True})

    morning(SEVEN_IN_BERLIN)

    mail = outbox.to("ada@example.com")
    assert mail.subject == "To do on 24 December: 2"
    assert [line for line in mail.text.splitlines() if line.startswith("-")] == [
        "- Overdue (since 01 December)",
        "- Due today",
    ]
    assert "Good morning, Ada," in mail.text


def test_what_somebody_else_wants_done_by_me_is_in_mine(asker, morning, outbox):
    ada, grace = asker("ada", time_zone=BERLIN), asker("grace", time_zone=AUCKLAND)
    grace.makes("Roof", due_on="2026-12-24", assignees=["ada"])

    morning(SEVEN_IN_BERLIN)

    assert "- Roof, asks grace" in outbox.to(ada.user.email).text


@pytest.mark.parametrize(
    ("zone", "moment", "is_sent"),
    [
        (BERLIN, SEVEN_IN_BERLIN, True),
        (BERLIN, SEVEN_IN_BERLIN - timedelta(seconds=1), False),
        (BERLIN, SEVEN_IN_BERLIN + timedelta(hours=4, minutes=59), True),
        (BERLIN, SEVEN_IN_BERLIN + timedelta(hours=5), False),
        (AUCKLAND, datetime(2026, 12, 23, 18, tzinfo=UTC), True),
        (KATHMANDU, datetime(2026, 12, 24, 1, 15, tzinfo=UTC), True),
        (KATHMANDU, datetime(2026, 12, 24, 1, 14, tzinfo=UTC), False),
    ],
)
def test_the_morning_is_where_the_reader_lives(asker, morning, outbox, zone, moment, is_sent):
    asker("ada", time_zone=zone).makes("Milk", due_on="2026-12-24")

    morning(moment)

    assert bool(outbox.letters) is is_sent


def test_a_reader_is_thought_of_once_a_day_and_every_day(asker, morning, outbox):
    asker("ada", time_zone=BERLIN).makes("Milk", due_on="2026-12-24")

    for hours in (0, 1, 2, 24, 25):
        morning(SEVEN_IN_BERLIN + timedelta(hours=hours))

    assert [letter.message.subject for letter in outbox.letters] == [
        "To do on 24 December: 1",
        "To do on 25 December: 1",
    ]


@pytest.mark.parametrize("columns", [{"is_active": False}, {"confirmed_at": None}], ids=str)
def test_who_cannot_read_it_is_sent_none(asker, morning, outbox, users, columns):
    ada = asker("ada", time_zone=BERLIN)
    ada.makes("Milk", due_on="2026-12-24")
    with users.room.database.transaction() as session:
        session.execute(users.room.users.update().values(columns))

    morning(SEVEN_IN_BERLIN)

    assert not outbox.letters


@pytest.mark.parametrize("answers", [[False], [False, True], [True, False], [False, False]], ids=str)
def test_a_user_switches_it_off_and_on_by_the_api(asker, morning, outbox, answers):
    ada = asker("ada", time_zone=BERLIN)
    ada.makes("Milk", due_on="2026-12-24")
    assert ada("GET", "/todos/digest").json == {"wanted": True}

    for wanted in answers:
        assert ada("PUT", "/todos/digest", {"wanted": wanted}).json == {"wanted": wanted}
        assert ada("GET", "/todos/digest").json == {"wanted": wanted}

    morning(SEVEN_IN_BERLIN)
    assert bool(outbox.letters) is answers[-1]


def test_whoever_was_thought_of_today_and_switches_it_off_is_thought_of_no_more(app, asker, morning, outbox):
    ada, database = asker("ada", time_zone=BERLIN), data_of(app).database
    ada.makes("Milk", due_on="2026-12-24")
    morning(SEVEN_IN_BERLIN)

    with database.transaction():
        digests.choose(ReadersBackend(database), ada.user.id, wants=False)

    morning(SEVEN_IN_BERLIN + timedelta(days=1))
    assert len(outbox.letters) == 1


def test_on_a_day_with_nothing_to_do_nothing_is_sent(asker, morning, outbox):
    asker("ada", time_zone=BERLIN)

    morning(SEVEN_IN_BERLIN)

    assert not outbox.letters


def test_a_long_list_is_cut_and_says_so(asker, morning, outbox):
    ada = asker("ada", time_zone=BERLIN)
    for number in range(53):
        ada.makes(f"Todo {number}", due_on="2026-12-24")

    morning(SEVEN_IN_BERLIN)

    mail = outbox.to("ada@example.com")
    assert mail.subject == "To do on 24 December: 53"
    assert mail.text.count("\n- ") == 50
    assert "and 3 more" in mail.text


def test_what_was_deleted_is_gone_for_good_after_thirty_days(app, asker, clock, perform):
    ada = asker("ada")
    old, young = ada.makes("old"), ada.makes("young")
    ada("DELETE", f"/todos/{old['id']}")
    clock.shift(timedelta(days=1))
    ada("DELETE", f"/todos/{young['id']}")
    clock.shift(timedelta(days=29, seconds=1))

    perform(sweep_todos)

    with data_of(app).database.reading() as session:
        assert [todo.title for todo in session.scalars(select(Todo))] == ["young"]
