"""What happens to jobs is said once, as an event; logs, counters and pages listen.

    @job_changed.connect
    def note(jobs: Jobs, change: Change) -> None: ...

It is sent after the commit, by the process that made the change. Receivers are kept weakly: give them a module's name.
`job_progressed` tells how far a job has come while it runs, as a `Progress`.
"""

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from blinker import NamedSignal, signal

from carboy import context
from carboy.jobs.table import State

if TYPE_CHECKING:
    from sqlalchemy import Row

    from carboy.jobs.claiming import Claim

log = logging.getLogger("carboy.jobs")

job_changed = signal("carboy.job-changed")
job_progressed = signal("carboy.job-progressed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One step of one job."""

    job_id: UUID
    handler: str
    queue: str
    before: State | None  # None: it has just been accepted
    now: State
    attempt: int = 0
    seconds: float | None = None  # that it ran
    why: str = ""
    error: BaseException | None = None  # that the handler raised, for whoever collects them
    asked_by: str = ""
    request_id: str | None = None

    @classmethod
    def of(cls, job: "Claim | Row[Any]", before: State, now: State, **more: Any) -> "Change":
        """Make the step of this job, which is given as its claim or its row."""
        return cls(
            job_id=job.id, handler=job.handler, queue=job.queue, before=before, now=now, attempt=job.attempt,
            asked_by=job.asked_by, request_id=job.request_id, **more,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one job has come."""

    job_id: UUID
    asked_by: str
    fraction: float
    note: str


@dataclass(slots=True)
class Counters:
    """How many steps this process has seen, for metrics: by handler, where from and where to."""

    steps: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, change: Change) -> None:
        """Count one step."""
        self.steps[change.handler, change.before or "", change.now] += 1
        if change.seconds is not None:
            self.seconds[change.handler] = self.seconds.get(change.handler, 0.0) + change.seconds


def send(jobs: object, change: Change) -> None:
    """Tell whoever is connected. A fault of theirs is theirs: the job goes on."""
    _send(job_changed, jobs, change=change)


def send_progress(jobs: object, progress: Progress) -> None:
    """Tell whoever is connected how far a job has come."""
    _send(job_progressed, jobs, progress=progress)


def _send(happening: NamedSignal, jobs: object, **what: object) -> None:
    for receiver in happening.receivers_for(jobs):
        try:
            receiver(jobs, **what)
        except Exception:
            log.exception("who listens to %s met a fault", happening.name)


def tell(change: Change) -> None:
    """Write the one line that this step has in the log."""
    put_back = logging.WARNING if change.why else logging.INFO  # by a fault; or it rests because it said so
    level = {State.FAILED: logging.ERROR, State.QUEUED: put_back}.get(change.now, logging.INFO)
    said: dict[str, Any] = {
        "job": change.handler, "job_id": str(change.job_id), "queue": change.queue, "attempt": change.attempt,
    }  # fmt: skip
    said |= {"seconds": round(change.seconds, 3)} if change.seconds is not None else {}
    said |= {"why": change.why} if change.why else {}
    with context.working_for(change.request_id or context.request_id(), change.asked_by or context.asker()):
        log.log(level, "job %s", _WORDS.get((change.before, change.now), change.now.value), extra=said)


_WORDS = {
    (None, State.QUEUED): "accepted",
    (State.QUEUED, State.RUNNING): "started",
    (State.RUNNING, State.QUEUED): "put back",
    (State.FAILED, State.QUEUED): "asked again",
    (State.CANCELLED, State.QUEUED): "asked again",
}
