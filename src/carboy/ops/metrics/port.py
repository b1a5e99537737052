"""METRICS_PORT: a port that tells metrics and nothing else, in threads of the process that they are about.

gunicorn opens it before its workers are forked, granian's open it each for themselves: whichever takes a call answers
for all.
"""

import logging
import socket
import sys
import threading
import time
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from carboy.ops import ports
from carboy.ops.metrics.telling import PATH, guarded
from carboy.web.onion import Environ, StartResponse, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prometheus_client import CollectorRegistry

    from carboy.settings import Settings

log = logging.getLogger("carboy.ops")

MOST_AT_ONCE = 8
PATIENCE_SECONDS = 10.0  # for a whole call: a byte now and then is no sign of good will


def listen(settings: "Settings", *, shared: bool = False) -> socket.socket:
    """Open the port, or raise. A shared one each worker opens for itself."""
    remedy = "Each process needs one of its own: METRICS_PORT=9102 flask worker"
    listening = ports.opened("METRICS_PORT", settings.metrics_host, settings.metrics_port, remedy=remedy, shared=shared)
    listening.setblocking(False)  # of several that are woken by a call one takes it, and the others go on waiting
    return listening


def serve(registry: "CollectorRegistry", settings: "Settings", listening: socket.socket) -> "Callable[[], None]":
    """Answer there from now on, in a thread of its own; what is returned ends it."""
    server = _Server(listening)
    told = guarded(registry, settings.metrics_token.get_secret_value())

    def application(environ: Environ, start_response: StartResponse) -> "Iterable[bytes]":
        if environ.get("PATH_INFO") != PATH:
            return answer(environ, start_response, "404 Not Found", f"{PATH} is here, and nothing else\n")
        return told(environ, start_response)

    server.set_app(application)
    threading.Thread(target=server.serve_forever, name="carboy-metrics-port", daemon=True).start()
    return server.shutdown


class _Server(ThreadingMixIn, WSGIServer):
    """Gives each call a thread. There are only so many: whoever is there longest makes room for the next."""

    daemon_threads = True

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(listening.getsockname()[:2], _Quiet, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.base_environ = {"SCRIPT_NAME": ""}
        self._came: dict[Any, float] = {}  # when, by its socket; the first has been here longest

    def process_request(self, request: Any, client_address: Any) -> None:
        self._came[request] = time.monotonic()
        for longest in list(self._came)[:-MOST_AT_ONCE]:
            self._hang_up(longest)
        super().process_request(request, client_address)

    def service_actions(self) -> None:
        """End calls that take too long; `serve_forever` comes by twice a second."""
        for request, came in list(self._came.items()):
            if time.monotonic() - came > PATIENCE_SECONDS:
                self._hang_up(request)

    def _hang_up(self, request: Any) -> None:
        # Its thread, which waits for this socket, sees the end of it, and closes it.
        self._came.pop(request, None)
        with suppress(OSError):
            request.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        self._came.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  (as its base has it)
        log.warning("METRICS_PORT could not answer", exc_info=sys.exception())


class _Quiet(WSGIRequestHandler):
    """Writes no line for each call, and looks up no name of the caller."""

    def address_string(self) -> str:
        return str(self.client_address[0])

    def log_message(self, *_: Any) -> None:
        pass
