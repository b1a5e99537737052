"""Is it alive, is it ready, how is it? Three questions, three askers.

/livez    the supervisor: does the process answer? Nothing else is looked at
/readyz   the load balancer: may requests come here? Database and migrations
/health   people and compose: the same with names, and the time since the start

The probes answer below Flask, before the host check: kubernetes calls a pod by its address. They tell nothing.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from carboy.data.flask import data_of
from carboy.web.onion import Environ, Layer, StartResponse, Wsgi, answer

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger("carboy.ops")

Check = Callable[[], object]


@dataclass(frozen=True)
class Health:
    """What is looked at before this application calls itself ready, and when it was made."""

    checks: dict[str, Check] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def faults(self) -> dict[str, Exception]:
        """Run every check and return what went wrong, by name."""
        found = {}
        for name, check in self.checks.items():
            try:
                check()
            except Exception as error:  # noqa: BLE001  (whatever it is, we are not ready)
                found[name] = error
        if found:
            log.warning("not ready", extra={"faults": {name: type(error).__name__ for name, error in found.items()}})
        return found


def init_app(app: "Flask") -> None:
    """Answer /health, and look at the database before calling the application ready."""
    health = Health()
    app.extensions["carboy.health"] = health
    health.checks["database"] = lambda: _reach_database(app)
    health.checks["migrations"] = lambda: _look_at_migrations(app)
    app.add_url_rule("/health", "carboy_health", lambda: _summary(health))


def probes(app: "Flask") -> Layer:
    """Answer /livez and /readyz before anything else looks at the request."""

    def layer(application: Wsgi) -> Wsgi:
        def probed(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            path = environ.get("PATH_INFO")
            if path == "/livez":
                return answer(start_response, "200 OK", "ok\n", Cache_Control="no-store")
            if path == "/readyz":
                ready = not app.extensions["carboy.health"].faults()
                status, words = ("200 OK", "ready\n") if ready else ("503 Service Unavailable", "not ready\n")
                return answer(start_response, status, words, Cache_Control="no-store")
            return application(environ, start_response)

        return probed

    return layer


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
