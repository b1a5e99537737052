"""A worker: threads that take jobs and do them, until it is told to stop.

    worker = Worker(jobs, threads=4)
    worker.start()
    …
    worker.stop(patience=20)

It is started with the server and after every fork, never where the application is made.
"""

import logging
import random
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from carboy.jobs.engines import Local
from carboy.jobs.listening import Listener
from carboy.jobs.workplace import SWEEP_SECONDS, Regularly, Workplace

if TYPE_CHECKING:
    from carboy.jobs.room import Jobs

log = logging.getLogger("carboy.jobs")

LOOK_SECONDS = 1.0  # for jobs that become due, and for databases that tell nobody
_AFTER_A_FAULT_SECONDS = 1.0
_LAST_SECONDS = 5.0  # for what only looks around; it may be waiting for a database that does not answer


class Worker:
    """Threads that run the jobs of some queues: those named first are emptied first; without any, all are served."""

    def __init__(self, jobs: "Jobs", *, threads: int = 2, queues: Sequence[str] = ()) -> None:
        self._place = Workplace(jobs)
        self._queues = list(queues)
        self._found: Sequence[str] = ()  # queues with jobs of other releases
        self._bell = _Bell()
        self._threads = [
            threading.Thread(target=self._work, name=f"carboy-jobs-{number}", daemon=True)
            for number in range(1, threads + 1)
        ]
        self._lookouts: list[Listener | Regularly] = [
            Listener(jobs.database, self._bell.ring),
            Regularly(self._look, seconds=LOOK_SECONDS, name="the look for jobs"),
            Regularly(self._sweep, seconds=SWEEP_SECONDS, name="the sweep of jobs"),
        ]
        self._engine = jobs.engine if isinstance(jobs.engine, Local) else None

    @property
    def name(self) -> str:
        """What stands in the rows of jobs that run here."""
        return self._place.name

    def start(self) -> None:
        """Begin to work."""
        if unused := sorted({*self._queues}.difference(self._place.jobs.queues())):
            log.warning("no handler here uses the queue %s; is it misspelt?", ", ".join(unused))
        self._place.open()
        if self._engine:
            self._engine.listen(self._bell.ring)
        for one in (*self._lookouts, *self._threads):
            one.start()

    def stop(self, *, patience: float) -> bool:
        """Take no more jobs, and give those under way this many seconds; then hand them back. Say if all were done."""
        self._bell.close()
        if self._engine:
            self._engine.forget(self._bell.ring)
        for one in self._lookouts:
            one.stop()
        until = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        for one in self._lookouts:
            one.join(_LAST_SECONDS)
        finished = not any(thread.is_alive() for thread in self._threads)
        self._place.close()
        return finished

    def _work(self) -> None:
        while self._bell.wait():
            try:
                self._work_until_nothing_is_due()
            except Exception:
                log.exception("a worker's thread met a fault, and goes on")
                time.sleep(_AFTER_A_FAULT_SECONDS)
                self._bell.ring()

    def _work_until_nothing_is_due(self) -> None:
        # A look at an empty queue holds no lock; a claim does, and on SQLite every writer would wait for it.
        if not self._place.due(self._in_order()):
            return
        while not self._bell.is_closed and (claimed := self._place.claim(self._in_order())):
            self._bell.ring()  # one ring may stand for many jobs: the next thread looks as well
            self._place.run(claimed)

    def _look(self) -> None:
        if self._place.due(self._in_order()):
            self._bell.ring()

    def _sweep(self) -> None:
        self._place.sweep()
        if not self._queues:
            self._found = self._place.waiting_queues()

    def _in_order(self) -> list[str]:
        if self._queues:
            return self._queues
        everywhere = {*self._place.jobs.queues(), *self._found}
        return random.sample(sorted(everywhere), len(everywhere))  # none starves behind another


class _Bell:
    """Wakes the threads that wait. A ring while all are busy is heard by whoever is free first."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rung = True  # what waits already is looked at first
        self.is_closed = False

    def ring(self) -> None:
        with self._condition:
            self._rung = True
            self._condition.notify()

    def close(self) -> None:
        with self._condition:
            self.is_closed = True
            self._condition.notify_all()

    def wait(self) -> bool:
        """Wait for a ring; False once it is closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._rung or self.is_closed)
            self._rung = False
            return not self.is_closed
