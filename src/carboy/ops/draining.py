"""A server that was told to stop says so before it stops: /readyz answers 503 while requests under way are finished.

Whoever shares out requests then sends them elsewhere, and loses none. Sockets are closed at once: they come back there.
"""

import _thread
import itertools
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from carboy.web.onion import Environ, Layer, StartResponse, Wsgi

if TYPE_CHECKING:
    from flask import Flask

LOOK_SECONDS = 0.02
_TOLD_BESIDE_SECONDS = 0.3  # what is told to all processes at once may reach a worker before the one that leads


class Draining:
    """Which requests are under way in this process, and whether its server stops."""

    def __init__(self) -> None:
        self.is_leaving: Callable[[], bool] = bool  # no, until a server says otherwise
        self._numbers = itertools.count()
        self._under_way: set[int] = set()

    def next_number(self) -> int:
        """Return a number that is greater than those of all requests until now."""
        return next(self._numbers)

    def is_busy_before(self, number: int) -> bool:
        """Whether a request is under way that began before."""
        return any(one < number for one in list(self._under_way))

    def layer(self, application: Wsgi) -> Wsgi:
        """Count a request while the application works on it."""

        def counted(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            number = self.next_number()
            self._under_way.add(number)
            try:
                return application(environ, start_response)
            finally:
                self._under_way.discard(number)

        return counted


def counted(app: "Flask") -> Layer:
    """Count requests, so that a server that stops knows which were under way."""
    draining = app.extensions["carboy.draining"] = Draining()
    return draining.layer


class Leaving:
    """A worker of gunicorn's that, told to stop with its whole server, goes on until those under way are answered.

    Those who come meanwhile are answered as well, at least for as long as a balancer takes to notice.
    """

    def __init__(
        self, worker: Any, draining: Draining, server_stops: Callable[[], bool], *, least: float, most: float
    ) -> None:
        self._worker, self._draining, self._server_stops = worker, draining, server_stops
        self._least, self._most = least, most
        self._told = False

    @property
    def alive(self) -> bool:
        """Whether it is to go on: the sockets of one that is not are closed."""
        return self._worker.alive and not self._told

    def told(self, *signal: Any) -> None:
        """Begin to leave."""
        if not self._told:
            self._told = True
            # A Thread waits until it has begun, which gevent forbids where signals are handled.
            _thread.start_new_thread(self._leave, signal)

    def _leave(self, *signal: Any) -> None:
        began, last = time.monotonic(), self._draining.next_number()
        while not self._server_stops() and time.monotonic() - began < _TOLD_BESIDE_SECONDS:
            time.sleep(LOOK_SECONDS)
        # Where another worker takes its place, that one answers who comes.
        while self._server_stops() and not self._is_done(time.monotonic() - began, last):
            time.sleep(LOOK_SECONDS)
        self._worker.handle_exit(*signal)

    def _is_done(self, seconds: float, last: int) -> bool:
        return seconds >= self._least and (seconds >= self._most or not self._draining.is_busy_before(last))
