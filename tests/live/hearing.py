"""Who listens to a manager, as a process with sockets does."""

import queue
import time
from contextlib import contextmanager

from carboy.live.event import RESYNC, Event
from carboy.live.managers import Ears

PATIENCE_SECONDS = 20


class Heard:
    """What one listener hears, in the order in which it does."""

    def __init__(self):
        self._events = queue.SimpleQueue()
        self.ears = Ears(self._events.put, lambda: self._events.put(Event("", RESYNC)))

    def next(self):
        return self._events.get(timeout=PATIENCE_SECONDS)

    def until(self, last):
        """Every event up to this one."""
        events = [self.next()]
        while events[-1] != last:
            events.append(self.next())
        return events

    def is_silent(self):
        return self._events.empty()


@contextmanager
def listening(manager, heard):
    """Listen, and begin once what was sent is heard."""
    stop = manager.listen(heard.ears)
    try:
        wait_until_it_is_heard(manager, heard)
        yield heard
    finally:
        stop()


def wait_until_it_is_heard(manager, heard):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while heard.is_silent():
        assert time.monotonic() < deadline
        send(manager, Event("the test", "are you there?"))
        time.sleep(0.02)
    last = Event("the test", "let us begin")
    send(manager, last)
    heard.until(last)


def send(manager, *events):
    """Send in a transaction of its own."""
    with manager._database.transaction():
        for event in events:
            manager.send(event)
