"""/metrics, for whoever brings the token.

It answers below Flask, as the probes do: Prometheus calls each instance by its own address and knows no host name.
"""

import hmac
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from blinker import signal

from carboy.web.onion import Environ, Layer, StartResponse, Wsgi, answer

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

log = logging.getLogger("carboy.ops")

PATH = "/metrics"

metrics_refused = signal("carboy.metrics-refused")  # sent by the registry that somebody wanted to know


def answering(registry: "CollectorRegistry", token: str) -> Layer:
    """Answer PATH, and hand on everything else."""
    told = guarded(registry, token)

    def layer(application: Wsgi) -> Wsgi:
        def with_metrics(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            return (told if environ.get("PATH_INFO") == PATH else application)(environ, start_response)

        return with_metrics

    return layer


def guarded(registry: "CollectorRegistry", token: str) -> Wsgi:
    """Return what tells the registry's metrics: to whoever brings the token, if there is one."""
    from prometheus_client import make_wsgi_app

    tell: Any = make_wsgi_app(registry)

    def metrics(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if token and not _brings(environ, token):
            # Below the access log nobody else notes it, and whoever tries out tokens must be seen.
            log.warning("metrics refused", extra={"ip": environ.get("REMOTE_ADDR")})
            metrics_refused.send(registry)
            asked = {"WWW_Authenticate": 'Bearer realm="metrics"', "Cache_Control": "no-store"}
            return answer(environ, start_response, "401 Unauthorized", "bring METRICS_TOKEN\n", **asked)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, [*headers, ("Cache-Control", "no-store")], *error)

        found: Iterable[bytes] = tell(environ, start)
        return found

    return metrics


def _brings(environ: Environ, token: str) -> bool:
    scheme, _, brought = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    # Environ holds bytes as Latin-1; compared as bytes, since compare_digest takes no other text than ASCII.
    return scheme.lower() == "bearer" and hmac.compare_digest(brought.strip().encode("latin-1"), token.encode())
