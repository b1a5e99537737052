"""Keeps the leases of what runs in this process, and passes on what is reported; one thread for all of it."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from carboy.jobs import changes, claiming
from carboy.jobs.running import Running
from carboy.jobs.stops import LostLease

if TYPE_CHECKING:
    from carboy.jobs.room import Jobs

log = logging.getLogger("carboy.jobs")

BEAT_SECONDS = 0.5  # progress is written no more often than this
RENEW_SECONDS = claiming.LEASE.total_seconds() / 3

_LEASE_SECONDS = claiming.LEASE.total_seconds()
_STOP_SECONDS = 5.0  # it may be waiting for a database that does not answer


class Heart:
    """Beats while something runs, and rests when nothing does."""

    def __init__(self, jobs: "Jobs") -> None:
        self._jobs = jobs
        self._kept: dict[Running, _Kept] = {}
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def keeping(self, running: Running) -> Iterator[None]:
        """Keep this job's lease while it runs."""
        with self._changed:
            self._kept[running] = _Kept()
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="carboy-jobs-heart", daemon=True)
                self._thread.start()
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                del self._kept[running]

    def close(self) -> None:
        """Stop beating."""
        with self._changed:
            self._closed.set()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _beat(self) -> None:
        while not self._closed.wait(BEAT_SECONDS):
            with self._changed:
                self._changed.wait_for(lambda: self._kept or self._closed.is_set())
                kept = dict(self._kept)
            self._take_back_unwanted(kept)
            for running, state in kept.items():
                self._look_at(running, state)

    def _take_back_unwanted(self, kept: "dict[Running, _Kept]") -> None:
        mine = {running.id: running for running in kept}
        with suppress(Exception), self._jobs.database.reading() as session:  # the next beat asks again
            for job_id in claiming.unwanted(session, list(mine)):
                mine[job_id].take_back()

    def _look_at(self, running: Running, state: "_Kept") -> None:
        reported = running.reported
        if reported == state.written and time.monotonic() - state.renewed < RENEW_SECONDS:
            return
        began = time.monotonic()
        values: dict[str, Any] = {"progress": reported[0], "note": reported[1] or None} if reported else {}
        try:
            with self._jobs.database.transaction(durable=False) as session:
                claiming.renew(session, running.claimed, self._jobs.clock(), **values)
        except LostLease:
            if running in self._kept:  # and has not just ended by itself
                running.lose()
            return
        except Exception:  # the database may be away for a moment; the next beat tries again
            log.warning("the lease of a job could not be renewed", exc_info=True)
            if time.monotonic() - state.renewed > _LEASE_SECONDS:  # and somebody else may have the job already
                running.lose()
            return
        if reported and reported != state.written:
            self._tell(running, reported)
        state.renewed, state.written = began, reported

    def _tell(self, running: Running, reported: tuple[float, str]) -> None:
        fraction, note = reported
        progress = changes.Progress(job_id=running.id, asked_by=running.asked_by, fraction=fraction, note=note)
        changes.send_progress(self._jobs, progress)


class _Kept:
    """When a lease was renewed, and what was written then."""

    def __init__(self) -> None:
        self.renewed = time.monotonic()
        self.written: tuple[float, str] | None = None
