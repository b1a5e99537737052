"""The jobs that wait, as the database has them. However often somebody asks, it is asked a few seconds apart.

The look has a thread of its own, as that of the probes has: a database that hangs holds no request.
"""

import logging
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client.core import GaugeMetricFamily

from carboy.ops.metrics.instruments import OTHER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from prometheus_client import Metric

    from carboy.jobs.room import Jobs

log = logging.getLogger("carboy.ops")

KEPT_SECONDS = 5.0
PATIENCE_SECONDS = 2.0


class _Stand(NamedTuple):
    """How it stands with the jobs, by queue."""

    by_state: dict[tuple[str, str], int]
    due: dict[str, int]
    lost: dict[str, int]
    oldest: dict[str, float]


class WaitingJobs:
    """Asks the database when it is asked."""

    def __init__(self, app: "Flask") -> None:
        self._app = app
        self._look: _Look | None = None
        self._one_at_a_time = threading.Lock()

    def collect(self) -> "Iterator[Metric]":
        """Yield what is known, and whether it could be asked."""
        if (jobs := self._app.extensions.get("carboy.jobs")) is None:
            return
        with self._one_at_a_time:
            if self._look is None or self._look.is_old():
                self._look = _Look(lambda: _ask(jobs))
            look = self._look
        stand = look.found_within(PATIENCE_SECONDS)
        yield GaugeMetricFamily("carboy_database_reachable", "Whether jobs could be counted.", float(stand is not None))
        if stand is not None:
            yield from _told(stand)


class _Look:
    """One question to the database."""

    def __init__(self, ask: "Callable[[], _Stand]") -> None:
        self._ask = ask
        self._found: _Stand | None = None
        self._ended_at = 0.0
        self._done = threading.Event()
        threading.Thread(target=self._run, daemon=True, name="carboy-metrics").start()

    def is_old(self) -> bool:
        return self._done.is_set() and time.monotonic() - self._ended_at > KEPT_SECONDS

    def found_within(self, seconds: float) -> _Stand | None:
        self._done.wait(seconds)
        return self._found

    def _run(self) -> None:
        try:
            self._found = self._ask()
        except Exception as error:  # noqa: BLE001  (whatever it is, the other metrics are told)
            log.warning("jobs could not be counted for metrics", extra={"reason": type(error).__name__})
        self._ended_at = time.monotonic()
        self._done.set()


def _ask(jobs: "Jobs") -> _Stand:
    from carboy.jobs import listing

    known, now = set(jobs.queues()), jobs.clock()
    with jobs.database.reading() as session:
        rows = listing.stand(session, now)
    stand = _Stand(defaultdict(int), defaultdict(int), defaultdict(int), defaultdict(float))
    for row in rows:
        queue = row.queue if row.queue in known else OTHER  # of another release
        for state, count in (("queued", row.waiting), ("running", row.running), ("failed", row.failed)):
            stand.by_state[queue, state] += count
        stand.due[queue] += row.due
        stand.lost[queue] += row.lost
        if row.since is not None:
            stand.oldest[queue] = max(stand.oldest[queue], (now - row.since).total_seconds())
    for queue in known:  # an alert needs the zeros as well
        for state in ("queued", "running", "failed"):
            stand.by_state[queue, state] += 0
        stand.due[queue] += 0
        stand.lost[queue] += 0
        stand.oldest[queue] += 0.0
    return stand


def _told(stand: _Stand) -> "Iterator[Metric]":
    jobs = GaugeMetricFamily("carboy_jobs", "Jobs that have not ended well yet.", labels=("queue", "state"))
    for (queue, state), count in stand.by_state.items():
        jobs.add_metric((queue, state), count)
    yield jobs
    yield _by_queue("carboy_jobs_due", "Jobs that could begin now.", stand.due)
    yield _by_queue("carboy_jobs_lost", "Jobs that run, and whose worker gives no sign of life.", stand.lost)
    yield _by_queue("carboy_jobs_oldest_due_seconds", "How long the first of them has waited.", stand.oldest)


def _by_queue(name: str, words: str, numbers: "dict[str, int] | dict[str, float]") -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=("queue",))
    for queue, number in numbers.items():
        family.add_metric((queue,), number)
    return family
