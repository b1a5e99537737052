"""A thread that reads events from somewhere, and goes on when that was away."""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from blinker import signal

log = logging.getLogger("carboy.live")

read_again = signal("carboy.live-read-again")

_AGAIN_SECONDS = (0.25, 0.5, 1.0, 2.0)


class Source(Protocol):
    """Where events are read from."""

    def read(self) -> None:
        """Read what is new and pass it on; wait a moment if there is nothing. Raise if it cannot be reached."""

    def came_back(self) -> None:
        """Look whether something was missed, after it could not be reached."""


class Reader:
    """Reads until it is stopped."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stopped = threading.Event()
        self._failures = 0

    def start(self) -> Callable[[], None]:
        """Begin, in a thread of its own; what is returned ends it."""
        threading.Thread(target=self._run, name="carboy-live-reader", daemon=True).start()
        return self._stopped.set

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._read()
            except Exception as error:  # noqa: BLE001  (whatever it is, we go on when it is over)
                self._note_failure(error)

    def _read(self) -> None:
        if self._failures:
            self._source.came_back()
            log.info("live events are read again")
            read_again.send()
            self._failures = 0
        self._source.read()

    def _note_failure(self, error: Exception) -> None:
        if not self._failures:
            log.warning("live events cannot be read; trying again until they can", exc_info=error)
        self._stopped.wait(_AGAIN_SECONDS[min(self._failures, len(_AGAIN_SECONDS) - 1)])
        self._failures += 1
