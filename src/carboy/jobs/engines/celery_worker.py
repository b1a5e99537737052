"""What happens in the processes of `celery worker`: a task that takes a job by its id, and somebody who sweeps.

The main process sweeps and rings again also when no message ever comes: those that rang may be gone with the broker.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from celery import signals  # type: ignore[import-untyped]
from celery.app.log import Logging  # type: ignore[import-untyped]

from carboy.jobs.engines.celery import TASK, CeleryEngine
from carboy.jobs.workplace import SWEEP_SECONDS, Regularly, Workplace

if TYPE_CHECKING:
    from celery import Celery

    from carboy.jobs.room import Jobs

LOOK_SECONDS = 1.0  # for jobs that become due


def celery_for(jobs: "Jobs", engine: CeleryEngine) -> "Celery":
    """Make the Celery application that runs these jobs."""
    celery = engine.new_celery(log=_Logging)
    # Without -Q a worker serves them all.
    celery.conf.task_queues = {name: {} for name in jobs.queues()}
    at_work = AtWork(jobs)
    celery.task(name=TASK)(at_work.run)
    signals.worker_ready.connect(at_work.take_charge, weak=False)
    signals.worker_process_init.connect(at_work.take_part, weak=False)
    signals.worker_process_shutdown.connect(at_work.leave, weak=False)
    signals.worker_shutdown.connect(at_work.leave, weak=False)
    return celery


class AtWork:
    """The workplace of this process: the main one sweeps, and each that was forked from it has its own."""

    def __init__(self, jobs: "Jobs") -> None:
        self._jobs = jobs
        self._place = Workplace(jobs)
        self._regular: list[Regularly] = []

    def run(self, job_id: str) -> None:
        """Do a job, unless somebody has done so."""
        claimed = self._place.claim_one(UUID(job_id))
        if claimed is not None:
            self._place.run(claimed)

    def take_charge(self, **_: Any) -> None:
        """Begin, as the main process. With a pool of threads it is the only one."""
        self._begin()
        self._repeat(self._place.sweep, SWEEP_SECONDS, at_once=True)
        self._repeat(self._place.ring_again, LOOK_SECONDS)

    def take_part(self, **_: Any) -> None:
        """Begin, as one of several processes. Celery kills those that take more than 4 s: the database may be slow."""
        self._begin()
        self._repeat(self._place.take_back_from_the_dead, SWEEP_SECONDS, at_once=True)

    def leave(self, **_: Any) -> None:
        """End."""
        for regular in self._regular:
            regular.stop()
        self._place.close()
        self._jobs.engine.close()

    def _begin(self) -> None:
        self._place, self._regular = Workplace(self._jobs), []
        self._place.arrive()

    def _repeat(self, what: Callable[[], object], seconds: float, *, at_once: bool = False) -> None:
        regular = Regularly(what, seconds=seconds, name="what a worker does now and then", at_once=at_once)
        self._regular.append(regular)
        regular.start()


class _Logging(Logging):  # type: ignore[misc]
    """Leaves the log as the settings say; `--loglevel` is for Celery's own lines."""

    def setup(self, loglevel: Any = None, *_: Any, **__: Any) -> bool:
        if loglevel:
            logging.getLogger("celery").setLevel(loglevel)
        return True
