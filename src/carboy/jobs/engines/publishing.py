"""Rings at once and waits for nobody: a thread of its own carries the bells to the broker.

While the broker is away they are kept, and tried again at longer and longer intervals. What does not fit any more is
lost and does no harm: the row is still there, and a sweeper rings for it again.
"""

import atexit
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol
from uuid import UUID

log = logging.getLogger("carboy.jobs")

MOST_BELLS = 10_000  # kept in memory while the broker is away
FIRST_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 10.0
FLUSH_SECONDS = 3.0  # that a process which ends waits for its last bells


class Line(Protocol):
    """A connection to the broker. It raises when it is broken, and is then made anew."""

    def send(self, job_id: UUID, queue: str) -> None:
        """Ring for this job."""

    def close(self) -> None:
        """Hang up."""


class Publisher:
    """The bells of one process. A forked child makes its own."""

    def __init__(self, connect: Callable[[], Line]) -> None:
        self._connect = connect
        self._line: Line | None = None
        self._bells: deque[tuple[UUID, str]] = deque(maxlen=MOST_BELLS)
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._process = os.getpid()

    def ring(self, job_id: UUID, queue: str) -> None:
        """Ring for this job soon."""
        with self._changed:
            self._bells.append((job_id, queue))
            self._changed.notify()
            if self._thread is None and not self._closed:
                with suppress(RuntimeError):  # no thread starts any more while the interpreter ends
                    self._start()

    def close(self) -> None:
        """Send what waits, if that is possible within a moment, and hang up."""
        if self._process != os.getpid():  # a child was forked with our atexit, and without our thread
            return
        atexit.unregister(self.close)
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(FLUSH_SECONDS)

    def _start(self) -> None:
        # Redis's client needs it, and it can be imported no more once the interpreter ends.
        import concurrent.futures.thread  # noqa: F401

        thread = threading.Thread(target=self._publish, name="carboy-jobs-publisher", daemon=True)
        thread.start()
        self._thread = thread
        atexit.register(self.close)

    def _publish(self) -> None:
        failures = 0
        while self._wait_for_bells():
            try:
                self._send_all()
            except Exception as error:  # noqa: BLE001  (whatever a broker may raise: no bell is worth a request)
                failures += 1
                self._hang_up()
                self._rest(failures, error)
                if self._closed:
                    return
            else:
                if failures:
                    log.info("the broker is back, and jobs are rung for again")
                failures = 0
        self._hang_up()

    def _wait_for_bells(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._bells or self._closed)
            return bool(self._bells)

    def _send_all(self) -> None:
        self._line = self._line or self._connect()
        while self._bells:
            self._line.send(*self._bells[0])
            self._bells.popleft()

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with suppress(Exception):  # it may be broken
                line.close()

    def _rest(self, failures: int, error: Exception) -> None:
        if failures == 1:
            log.warning(
                "the broker cannot be reached; jobs are accepted, and rung for when it is back",
                extra={"why": str(error)},
            )
        seconds = min(FIRST_REST_SECONDS * 2 ** min(failures - 1, 10), LONGEST_REST_SECONDS)
        with self._changed:
            self._changed.wait_for(lambda: self._closed, seconds)
