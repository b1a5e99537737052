"""What a process needs to run jobs, whoever hands them to it: a name, a heart, a clock, and a sweeper.

`Workplace.run` is where the threads of a worker and the tasks of Celery meet.
"""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from carboy.errors import CarboyError
from carboy.jobs import claiming, ending, sweeping
from carboy.jobs.changes import Change
from carboy.jobs.heart import Heart
from carboy.jobs.isolation import perform_isolated
from carboy.jobs.performing import change_of, keep, perform
from carboy.jobs.presence import Presence
from carboy.jobs.running import Running
from carboy.jobs.table import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carboy.jobs.claiming import Claim
    from carboy.jobs.room import Jobs

log = logging.getLogger("carboy.jobs")

SWEEP_SECONDS = 15.0


class Workplace:
    """One process that runs jobs."""

    def __init__(self, jobs: "Jobs") -> None:
        self.jobs = jobs
        self._presence = Presence(jobs.database.url.render_as_string())
        self._heart = Heart(self.jobs)
        self._at_work: dict[Running, Claim] = {}
        self._unknown = claiming.NOBODY

    @property
    def name(self) -> str:
        """What stands in the rows of jobs that run here."""
        return self._presence.name

    def open(self) -> None:
        """Show that this process is there, and take back what dead ones of this host have left behind."""
        self.arrive()
        self.take_back_from_the_dead()

    def arrive(self) -> None:
        """Show that this process is there. Asks nobody, and so takes no time."""
        self._presence.begin()

    def close(self) -> None:
        """Hand back what still runs, and be gone."""
        for running, claimed in list(self._at_work.items()):
            running.lose()
            try:
                with self.jobs.database.transaction() as session:
                    state = ending.hand_back(session, claimed, self.jobs.clock())
            except CarboyError:  # a handler of ours may hold the one lock; whoever starts next takes the job back
                log.warning("job not handed back", extra={"job": claimed.handler, "job_id": str(claimed.id)})
            else:
                del self._at_work[running]
                self._announce(change_of(claimed, state, running.seconds, why="the worker stopped"))
        self._heart.close()
        self._presence.end(nothing_left=not self._at_work)

    # -- running -----------------------------------------------------------------------------------------

    def claim(self, queues: "Sequence[str]") -> "Claim | None":
        """Take the next job of these queues, the first queue first; None if nothing is due."""
        # A claim that a power failure undoes is a job that still waits: the worker is gone as well.
        with self.jobs.database.transaction(durable=False) as session:
            return claiming.claim(session, self.name, queues, self.jobs.clock(), unknown=self._unknown)

    def claim_one(self, job_id: UUID) -> "Claim | None":
        """Take this job, if it is still there to be taken; also one that we do not know, and then hand it on."""
        with self.jobs.database.transaction() as session:
            return claiming.claim_one(session, self.name, job_id, self.jobs.clock())

    def due(self, queues: "Sequence[str]") -> list[str]:
        """Return those of the queues in which something could start now. Holds no lock."""
        with self.jobs.database.reading() as session:
            return claiming.due(session, queues, self.jobs.clock(), unknown=self._unknown)

    def waiting_queues(self) -> "Sequence[str]":
        """Return every queue in which a job waits, also those that no handler here uses."""
        with self.jobs.database.reading() as session:
            return claiming.waiting_queues(session)

    def run(self, claimed: "Claim") -> None:
        """Do a job that was claimed here, from its start to its end."""
        handler = self.jobs.handlers.get(claimed.handler)
        if handler is None or claimed.version > handler.version:
            self._leave_to_others(claimed)
            return
        running = Running(self.jobs.database, claimed, handler.soft_limit)
        self._announce(Change.of(claimed, State.QUEUED, State.RUNNING))
        self._at_work[running] = claimed
        try:
            with self._heart.keeping(running):
                change = (perform_isolated if handler.isolate else perform)(self.jobs, claimed, running)
        finally:
            self._at_work.pop(running, None)
        self._announce(change)

    def _leave_to_others(self, claimed: "Claim") -> None:
        """Put back what only another release knows, and look at no more of its kind."""
        kind = claimed.handler, claimed.version
        if kind not in self._unknown:
            log.warning(
                "job left to others: nobody here knows this handler, or this version of its arguments",
                extra={"job": claimed.handler, "version": claimed.version, "job_id": str(claimed.id)},
            )
        self._unknown |= {kind}
        self._hand_back(claimed)

    def _hand_back(self, claimed: "Claim") -> State | None:
        return keep(self.jobs, claimed, lambda session: ending.hand_back(session, claimed, self.jobs.clock()))

    def _announce(self, change: Change | None) -> None:
        if change is not None:
            self.jobs.announce(change)

    # -- sweeping ----------------------------------------------------------------------------------------

    def sweep(self) -> None:
        """Take back what is lost, and ring again for what nobody has taken."""
        self.take_back_from_the_dead()
        self._take_back(None)
        self.ring_again()

    def ring_again(self) -> None:
        """Ring for what is due and what nobody has taken, where a bell is needed."""
        if not self.jobs.engine.rings_again:
            return
        known = {name: handler.version for name, handler in self.jobs.handlers.items()}
        with self.jobs.database.reading() as session:  # which holds no lock
            if not sweeping.is_overdue(session, self.jobs.clock(), known=known):
                return
        with self.jobs.database.transaction() as session:
            overdue = sweeping.ring_again(session, self.jobs.clock(), known=known)
        for row in overdue:
            self.jobs.engine.ring(row.id, row.queue)

    def take_back_from_the_dead(self) -> None:
        """Put what workers had that were killed on this host back into its queues."""
        for name in self._presence.departed():
            self._take_back([name])

    def _take_back(self, lost_by: "Sequence[str] | None") -> None:
        for batch in sweeping.take_back(self.jobs.database, self.jobs.clock(), lost_by=lost_by):
            for change in batch:
                self._announce(change)
                self.jobs.engine.ring(change.job_id, change.queue)


class Regularly:
    """Calls something again and again in a thread of its own, whatever goes wrong with it, until it is stopped."""

    def __init__(self, what: Callable[[], object], *, seconds: float, name: str, at_once: bool = False) -> None:
        self._what, self._seconds = what, seconds
        self._first = 0.0 if at_once else seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Call no more."""
        self._stopped.set()

    def join(self, seconds: float) -> None:
        """Wait until it has come to its end, and no longer than this."""
        self._thread.join(seconds)

    def _go_on(self) -> None:
        wait = self._first
        while not self._stopped.wait(wait):
            wait = self._seconds
            try:
                self._what()
            except Exception:
                log.warning("%s could not be done; it is tried again", self._thread.name, exc_info=True)
