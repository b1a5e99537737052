"""What is written a minute later: when sign-ins were last seen, and what was refused."""

import logging
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sign_in_fixtures import PASSWORD
from sqlalchemy import event, select

from carboy.accounts import changing, finding, known, notes, signing_in
from carboy.accounts.finding import Login
from carboy.accounts.notes import Notes
from carboy.accounts.refusals import InvalidCredentials
from carboy.accounts.room import HERE, Caller
from carboy.accounts.table import AUTH_EVENTS, SESSIONS, Kind
from carboy.context import utc_now
from carboy.data.model import uuid7

ADA = "ada@example.com"
DAYS = timedelta(days=1)


@pytest.fixture
def ada(make_user):
    return make_user(ADA)


@pytest.fixture
def begin(room, ada, clock):
    """Sign Ada in, and give what she holds."""
    return lambda kind=Kind.BROWSER: signing_in.log_in(room, Login(email=ADA), PASSWORD, kind=kind, caller=HERE)


@pytest.fixture
def row_of(room):
    """Write the notes, and give the row of a sign-in."""

    def read(held):
        room.notes.write()
        with room.database.reading() as session:
            return session.execute(select(SESSIONS).where(SESSIONS.c.id == held.session_id)).one()

    return read


@pytest.fixture
def events_of(room):
    """Write the notes, and give the events of this kind."""

    def read(name):
        room.notes.write()
        with room.database.reading() as session:
            wanted = select(AUTH_EVENTS).where(AUTH_EVENTS.c.event == name).order_by(AUTH_EVENTS.c.id)
            return session.execute(wanted).all()

    return read


def use(room, held, kind=Kind.BROWSER):
    return known.by_token(room, held.session_token, kind)


def guess(room, email=ADA):
    with pytest.raises(InvalidCredentials):
        signing_in.log_in(room, Login(email=email), "wrong", kind=Kind.API, caller=Caller("203.0.113.9", "Guesser/1"))


# --- When a sign-in was last seen


def test_a_sign_in_was_seen_now_if_the_last_time_is_five_minutes_ago_and_not_sooner(room, begin, row_of, clock):
    held = begin()
    began = row_of(held).last_seen_at

    clock.shift(299)
    use(room, held)
    soon = row_of(held).last_seen_at
    clock.shift(1)
    use(room, held)

    assert (soon, row_of(held).last_seen_at) == (began, utc_now())


def test_a_browser_that_comes_back_in_the_second_half_of_its_week_gets_another(room, begin, row_of, clock):
    held = begin()
    first_end = row_of(held).expires_at

    clock.shift(3.4 * DAYS)
    use(room, held)
    early = row_of(held).expires_at
    clock.shift(0.2 * DAYS)
    use(room, held)

    assert (early, row_of(held).expires_at) == (first_end, utc_now() + 7 * DAYS)


def test_no_browser_stays_signed_in_beyond_the_absolute_end(room, begin, row_of, clock):
    held = begin()
    last = row_of(held).absolute_expires_at
    for _ in range(7):
        clock.shift(4 * DAYS)
        use(room, held)
        room.notes.write()

    assert row_of(held).expires_at == last
    clock.move_to(last)
    with pytest.raises(Exception, match="expired"):
        use(room, held)


def test_the_pair_of_a_program_is_moved_by_its_renewal_alone(room, begin, row_of, clock):
    held = begin(Kind.API)
    end = row_of(held).expires_at

    clock.shift(6 * DAYS)
    use(room, held, Kind.API)

    assert (row_of(held).last_seen_at, row_of(held).expires_at) == (utc_now(), end)


def test_a_sign_in_that_ended_meanwhile_stays_as_it_was(room, begin, row_of, clock):
    held = begin()
    clock.shift(5 * DAYS)
    use(room, held)
    signing_in.log_out(room, held.session_id, caller=HERE)

    row = row_of(held)

    assert (row.revoked_reason, row.last_seen_at) == ("logout", utc_now() - 5 * DAYS)


def test_asking_writes_nothing(room, begin, clock, written):
    held = begin()
    clock.shift(DAYS)

    with written() as statements:
        for _ in range(3):
            use(room, held)

    assert statements == []


def test_what_was_noted_is_written_once_with_one_statement_for_each_sign_in(room, begin, clock, written):
    held = [begin(), begin()]
    clock.shift(DAYS)
    for one in held * 3:
        use(room, one)
    guess(room)

    with written() as statements:
        room.notes.write()
        room.notes.write()

    changes = sorted(" ".join(statement.split()[:3]) for statement in statements)
    assert changes == ["INSERT INTO auth_events", *["UPDATE sessions SET"] * 2]


@pytest.fixture
def written(db):
    """Note the statements that change something meanwhile."""

    @contextmanager
    def noted():
        statements = []

        def note(_connection, _cursor, statement, *_rest):
            if statement.startswith(("INSERT", "UPDATE", "DELETE")):
                statements.append(statement)

        event.listen(db.engine(), "before_cursor_execute", note)
        yield statements
        event.remove(db.engine(), "before_cursor_execute", note)

    return noted


# --- What was refused


def test_a_refused_sign_in_is_noted_with_where_it_came_from_and_not_what_was_typed(room, ada, events_of):
    guess(room)

    (row,) = events_of("login.fail")

    assert (row.user_id, row.ip, row.user_agent) == (ada.id, "203.0.113.9", "Guesser/1")
    assert ADA not in str(row)
    assert "wrong" not in str(row)


def test_tries_at_one_account_can_be_told_from_those_at_another_even_if_neither_is_there(room, ada, events_of):
    for who in ("x@example.com", "X@example.com", "y@example.com"):
        guess(room, who)

    names = [row.detail["login"] for row in events_of("login.fail")]

    assert names[0] == names[1] != names[2]
    assert not any("example" in name for name in names)


def test_what_is_noted_about_a_user_who_is_gone_meanwhile_loses_their_name(room, ada, events_of):
    guess(room)
    changing.delete_account(room, ada.id, caller=HERE)

    (row,) = events_of("login.fail")

    assert (row.user_id, finding.by_id(room, ada.id)) == (None, None)


def test_no_more_is_noted_than_memory_can_hold(room, ada, events_of, monkeypatch):
    monkeypatch.setattr(notes, "MOST_EVENTS", 2)

    for _ in range(4):
        guess(room)

    assert len(events_of("login.fail")) == 2


# --- When it is written


def test_notes_are_written_by_the_clock_while_there_are_some(committed, room, monkeypatch):
    monkeypatch.setattr(notes, "SECONDS", 0.01)
    by_clock = Notes(lambda: committed, room.users)

    by_clock.happened(an_event())
    by_clock._timer.join(timeout=10)

    assert by_clock._timer is None or not by_clock._timer.is_alive()
    with committed.reading() as session:
        assert session.scalars(select(AUTH_EVENTS.c.event)).all() == ["login.fail"]


def test_while_there_is_nothing_to_write_no_thread_waits(committed, room):
    before = threading.active_count()

    Notes(lambda: committed, room.users).write()

    assert threading.active_count() == before


def test_notes_that_cannot_be_written_are_a_line_in_the_log_and_keep_nobody_waiting(room, caplog):
    def broken():
        raise ConnectionError("away")

    unwritten = Notes(broken, room.users, by_clock=False)
    unwritten.happened(an_event())

    with caplog.at_level(logging.ERROR):
        unwritten.write()

    assert "could not be written" in caplog.text


def an_event():
    return {"event": "login.fail", "user_id": None, "created_at": utc_now()}


def test_of_many_notes_some_are_written_at_a_time(committed, room, monkeypatch):
    monkeypatch.setattr(notes, "BATCH", 2)
    by_hand, commits = Notes(lambda: committed, room.users, by_clock=False), []
    for _ in range(5):
        by_hand.happened({"id": uuid7(), "event": "login.fail", "user_id": None})

    event.listen(committed.engine(), "commit", commits.append)
    by_hand.write()

    assert len(commits) == 3
    with committed.reading() as session:
        assert len(session.execute(select(AUTH_EVENTS)).all()) == 5
