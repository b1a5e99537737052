"""How a worker hears that another process has accepted a job: each database has its own way.

PostgreSQL  tells, once the transaction is committed (LISTEN)
SQLite      has a number that changes with every commit; asking for it ten times a second costs a fifth of a percent
others      are looked at every second, as all are for jobs that become due
"""

import logging
import selectors
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from carboy.jobs.queueing import CHANNEL

if TYPE_CHECKING:
    from carboy.data import Database

log = logging.getLogger("carboy.jobs")

_LOOK_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 1.0  # then it is seen whether to stop
_AGAIN_SECONDS = 2.0  # after the connection was lost

Wake = Callable[[], object]


class Listener:
    """Wakes somebody when the database has changed, from a thread of its own."""

    def __init__(self, database: "Database", wake: Wake) -> None:
        self._database, self._wake = database, wake
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._hear = {"sqlite": self._hear_sqlite, "postgresql": self._hear_postgresql}.get(database.dialect)

    def start(self) -> None:
        """Begin to listen, where there is anything to hear."""
        if self._hear is not None:
            self._thread = threading.Thread(target=self._listen, name="carboy-jobs-listener", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stopped.set()

    def join(self, seconds: float) -> None:
        """Wait until it has come to its end, and no longer than this."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                self._hear()  # type: ignore[misc]
            except Exception:  # the database may be away for a moment; until then the look of every second does
                log.info("the connection that listens for jobs was lost", exc_info=True)
                self._stopped.wait(_AGAIN_SECONDS)

    def _hear_sqlite(self) -> None:
        path = Path(self._database.url.database or "").absolute()
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            seen = None
            while not self._stopped.wait(_LOOK_SECONDS):
                (now,) = connection.execute("PRAGMA data_version").fetchone()
                if now != seen:
                    seen = now
                    self._wake()
        finally:
            connection.close()

    def _hear_postgresql(self) -> None:
        import psycopg

        url = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection, selectors.DefaultSelector() as ears:
            ears.register(connection, selectors.EVENT_READ)
            connection.execute(f"LISTEN {CHANNEL}")
            self._wake()  # for what came before we listened
            while not self._stopped.is_set():
                # Waiting in the kernel: the driver's own wait would wake up ten times a second.
                if ears.select(_LONGEST_WAIT_SECONDS):
                    for _ in connection.notifies(timeout=0):
                        self._wake()
