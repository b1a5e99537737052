"""`Metrics`: what counts in one application. It hears of what happens, and looks at what is full when it is asked."""

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector

from carboy.accounts.revocation import store_failed
from carboy.jobs.changes import job_changed
from carboy.jobs.cli import process_began
from carboy.live.door import socket_refused
from carboy.live.managers.reading import read_again
from carboy.ops.metrics import sharing
from carboy.ops.metrics.instruments import OTHER, Instruments
from carboy.ops.metrics.telling import metrics_refused
from carboy.ops.metrics.waiting import WaitingJobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from prometheus_client import Metric

    from carboy.jobs import Jobs
    from carboy.jobs.changes import Change

LOOK_SECONDS = 1.0


class Metrics:
    """What the metrics room owns of one application. Add instruments of your own to its `registry`."""

    def __init__(self, app: "Flask") -> None:
        self._app = app
        self.registry = CollectorRegistry()
        self.registry.register(_Look(self))
        shared = sharing.instruments(self.registry)
        if shared is None:
            ProcessCollector(registry=self.registry)
        self.instruments = shared or Instruments(self.registry)
        self.registry.register(WaitingJobs(app))
        job_changed.connect(self._note_step)
        socket_refused.connect(self._note_refused_socket, app)
        metrics_refused.connect(self._note_refusal, self.registry)
        # These two know no application: they are the process's.
        read_again.connect(self._note_reconnect)
        store_failed.connect(self._note_store_failure)
        process_began.connect(self._serve_on_a_port, app)

    # -- requests ----------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Note that a request has come."""
        self.instruments.in_flight.inc()

    def note(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Note what came of it."""
        self.instruments.in_flight.dec()
        self.instruments.answered(method, route, status, seconds)

    # -- what is full ------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look at pools and sockets of this process."""
        if (data := self._app.extensions.get("carboy.data")) is not None:
            for kind, pool in data.database.pools().items():
                self.instruments.pool_size.labels(kind).set(pool.size())
                self.instruments.pool_in_use.labels(kind).set(pool.checkedout())
                self.instruments.pool_overflow.labels(kind).set(max(0, pool.overflow()))
        if (sockets := self._app.extensions.get("carboy.live.sockets")) is not None:
            self.instruments.sockets.set(len(sockets.wires))

    def keep_looking(self) -> None:
        """Look every second from now on: one process among several answers for those that it cannot look into."""
        from carboy.jobs.workplace import Regularly

        Regularly(self.look, seconds=LOOK_SECONDS, name="the look at what is full", at_once=True).start()

    # -- what is heard -----------------------------------------------------------------------------------

    def _note_step(self, jobs: "Jobs", change: "Change") -> None:
        if jobs is not self._app.extensions.get("carboy.jobs"):  # another application's
            return
        name = change.handler if change.handler in jobs.handlers else OTHER
        self.instruments.job_steps.labels(name, change.before or "", change.now).inc()
        if change.seconds is not None:
            self.instruments.job_seconds.labels(name).inc(change.seconds)

    def _note_refused_socket(self, _app: object) -> None:
        self.instruments.sockets_refused.inc()

    def _note_refusal(self, _registry: object) -> None:
        self.instruments.metrics_refused.inc()

    def _note_reconnect(self, _sender: object) -> None:
        self.instruments.live_reconnects.inc()

    def _note_store_failure(self, _sender: object) -> None:
        self.instruments.revocation_failures.inc()

    def _serve_on_a_port(self, app: "Flask") -> None:
        from carboy import settings as settings_room
        from carboy.ops.metrics import port

        settings = settings_room.of(app)
        if settings.metrics_port:
            port.serve(self.registry, settings, port.listen(settings))


class _Look:
    """Looks at what is full before the others are read: whoever is registered first is asked first."""

    def __init__(self, room: Metrics) -> None:
        self._room = room

    def collect(self) -> "Iterator[Metric]":
        self._room.look()
        return iter(())
