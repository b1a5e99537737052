"""What every manager promises: each event reaches every process once, in the order of its room, and never too early."""

import threading

import pytest
from hearing import Heard, listening, send
from sqlalchemy import insert

from carboy.live.event import Event
from carboy.live.managers.database import DatabaseManager
from carboy.live.managers.memory import MemoryManager
from carboy.live.managers.redis import RedisManager
from carboy.live.table import LIVE_EVENTS

KINDS = ["memory", "redis", "database sqlite"]
SLOW_KINDS = [pytest.param(f"database {kind}", marks=pytest.mark.long) for kind in ("postgresql", "mariadb")]
LAST = Event("the test", "that was all")


@pytest.fixture(params=[*KINDS, *SLOW_KINDS])
def new_manager(request, make_live_database):
    """Make the manager of one more process; those in memory know no other process."""
    kind, _, dialect = request.param.partition(" ")
    database = make_live_database(dialect or "sqlite")
    if kind == "memory":
        only = MemoryManager(database)
        return lambda: only
    if kind == "redis":
        url = request.getfixturevalue("redis_server")
        return lambda: RedisManager(database, url, request.node.name)
    return lambda: DatabaseManager(database)


def test_an_event_is_heard_once_in_every_process(new_manager):
    first, second, sender = Heard(), Heard(), new_manager()
    events = [Event("todos:7", "todo:changed", {"number": number}) for number in range(50)]

    with listening(new_manager(), first), listening(new_manager(), second):
        for event in events:
            send(sender, event)
        send(sender, LAST)
        told = [[one for one in heard.until(LAST) if one in events] for heard in (first, second)]

    assert told == [events, events]


def test_events_of_one_transaction_are_heard_in_its_order(new_manager, heard):
    events = [Event("todos:7", "todo:changed", {"number": number}) for number in range(20)]

    with listening(new_manager(), heard):
        send(new_manager(), *events, LAST)

        assert heard.until(LAST) == [*events, LAST]


def test_nothing_is_heard_of_what_is_undone(new_manager, heard):
    sender = new_manager()

    with listening(new_manager(), heard):
        with pytest.raises(ZeroDivisionError), sender._database.transaction():
            sender.send(Event("todos:7", "todo:changed"))
            raise ZeroDivisionError
        with sender._database.transaction():
            with pytest.raises(ZeroDivisionError), sender._database.savepoint():
                sender.send(Event("todos:7", "todo:changed"))
                raise ZeroDivisionError
        send(sender, LAST)

        assert heard.until(LAST) == [LAST]


def test_nothing_is_heard_before_the_commit(new_manager, heard):
    sender, event = new_manager(), Event("todos:7", "todo:changed")

    with listening(new_manager(), heard):
        with sender._database.transaction():
            sender.send(event)
            threading.Event().wait(0.3)  # longer than any of them looks away
            early = heard.is_silent()

        assert heard.next() == event
        assert early


def test_what_was_said_before_somebody_listened_is_not_told_again(new_manager, heard):
    send(new_manager(), *[Event("todos:7", "old")] * 3)

    with listening(new_manager(), heard):
        send(new_manager(), LAST)

        assert heard.until(LAST) == [LAST]


@pytest.mark.parametrize("new_manager", ["database postgresql"], indirect=True)
def test_an_event_is_heard_although_a_later_number_was_committed_first(new_manager, heard):
    sender, late, early = new_manager(), Event("todos:7", "late"), Event("todos:7", "early")

    with listening(new_manager(), heard):
        with sender._database.engine().begin() as slow:
            slow.execute(insert(LIVE_EVENTS).values(message=late.written()))
            send(sender, early)
            first = heard.next()
        second = heard.next()
        send(sender, LAST)

        assert (first, second, heard.until(LAST)) == (early, late, [LAST])
