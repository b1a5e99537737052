"""Events within one process, for development in one and for tests."""

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from carboy.live.managers import Ears

if TYPE_CHECKING:
    from carboy.data import Database
    from carboy.live.event import Event


class MemoryManager:
    """Calls whoever listens, in the thread in which it happened."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._listening: list[Ears] = []
        self._one_at_a_time = threading.Lock()

    def send(self, event: "Event") -> None:
        """Pass this on, once the transaction that is open here is kept."""
        self._database.after_commit(partial(self._pass_on, event))

    def listen(self, ears: Ears) -> Callable[[], None]:
        """Tell these of every event from now on."""
        self._listening.append(ears)
        return partial(self._listening.remove, ears)

    def _pass_on(self, event: "Event") -> None:
        with self._one_at_a_time:  # else two who heard of both could hear them in two orders
            for ears in list(self._listening):
                ears.hear(event)
