"""Is it alive, is it ready, how is it? Three questions, three askers.

/livez    the supervisor: does the process answer? Nothing else is looked at
/readyz   the load balancer: may requests come here? Database and migrations
/health   people and compose: the same with names, and the time since the start

The probes answer below Flask, before the host check: kubernetes calls a pod by its address. They tell nothing.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from carboy.data.flask import data_of
from carboy.web.identity import public
from carboy.web.onion import Environ, Layer, StartResponse, Wsgi, answer

if TYPE_CHECKING:
    from flask import Flask

    from carboy.ops.draining import Draining

log = logging.getLogger("carboy.ops")

# Probes have time-outs of a few seconds; a check that hangs must not hang them all.
PATIENCE_SECONDS = 2.0

Check = Callable[[], object]


class Health:
    """What is looked at before this application calls itself ready, and when it was made."""

    def __init__(self) -> None:
        self.checks: dict[str, Check] = {}
        self.began = time.monotonic()
        self._look: _Look | None = None
        self._one_at_a_time = threading.Lock()

    def faults(self) -> dict[str, Exception]:
        """Return what is wrong, by the name of its check. Who asks while a look is under way shares it."""
        with self._one_at_a_time:
            if self._look is None or self._look.is_done():
                self._look = _Look(self.checks)
            look = self._look
        found = look.faults_within(PATIENCE_SECONDS)
        if found:
            log.warning("not ready", extra={"faults": {name: _reason(error) for name, error in found.items()}})
        return found


class _Look:
    """One run of every check, in a thread of its own: a database that hangs holds that thread and no request."""

    def __init__(self, checks: dict[str, Check]) -> None:
        self._faults: dict[str, Exception] = {name: TimeoutError("no answer yet") for name in checks}
        self._done = threading.Event()
        threading.Thread(target=self._run, args=(dict(checks),), daemon=True, name="carboy-health").start()

    def is_done(self) -> bool:
        return self._done.is_set()

    def faults_within(self, seconds: float) -> dict[str, Exception]:
        self._done.wait(seconds)
        return dict(self._faults)

    def _run(self, checks: dict[str, Check]) -> None:
        for name, check in checks.items():
            try:
                check()
            except Exception as error:  # noqa: BLE001  (whatever it is, we are not ready)
                self._faults[name] = error
            else:
                del self._faults[name]
        self._done.set()


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error)


def init_app(app: "Flask") -> None:
    """Answer /health, and look at the database before calling the application ready."""
    health = Health()
    app.extensions["carboy.health"] = health
    health.checks["database"] = lambda: _reach_database(app)
    health.checks["migrations"] = lambda: _look_at_migrations(app)
    app.add_url_rule("/health", "carboy_health", public(lambda: _summary(health)))


def probes(app: "Flask") -> Layer:
    """Answer /livez and /readyz before anything else looks at the request."""

    def layer(application: Wsgi) -> Wsgi:
        def probed(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            path = environ.get("PATH_INFO")
            if path not in ("/livez", "/readyz"):
                return application(environ, start_response)
            if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
                return answer(environ, start_response, "405 Method Not Allowed", "", Allow="GET, HEAD")
            status, words = ("200 OK", "ok\n") if path == "/livez" else _readiness(app)
            return answer(environ, start_response, status, words, Cache_Control="no-store")

        return probed

    return layer


def _readiness(app: "Flask") -> tuple[str, str]:
    draining: Draining | None = app.extensions.get("carboy.draining")
    if draining is not None and draining.is_leaving():
        return "503 Service Unavailable", "draining\n"
    health: Health = app.extensions["carboy.health"]
    return ("503 Service Unavailable", "not ready\n") if health.faults() else ("200 OK", "ready\n")


def _summary(health: Health) -> Any:
    faults = health.faults()
    seconds = int(time.monotonic() - health.began)
    summary = {
        "status": "failing" if faults else "ok",
        "detail": f"System up and running for {seconds} seconds" if not faults else "Something we need does not answer",
        "uptime_seconds": seconds,
        "checks": {name: "failing" if name in faults else "ok" for name in health.checks},
    }
    return summary, 503 if faults else 200, {"Cache-Control": "no-store"}


def _reach_database(app: "Flask") -> None:
    from carboy.data.scope import Kind

    with data_of(app).database.engine(Kind.READ).connect() as connection:
        connection.execute(text("SELECT 1"))


def _look_at_migrations(app: "Flask") -> None:
    room = data_of(app)
    room.migrations.refuse_if_pending(room.database)
