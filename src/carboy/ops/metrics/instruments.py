"""What is counted, and under which names.

A label takes its values from lists that are written down: methods and statuses of HTTP, the patterns of addresses, the
names of jobs, queues and pools. So nothing that a visitor sends becomes one, and there are only so many.
"""

from http import HTTPStatus
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

UNMATCHED = "unmatched"  # every address that no route has
OTHER = "other"

_STATUSES = {int(status): str(int(status)) for status in HTTPStatus}
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Instruments:
    """The counters of one application. Without a registry they are those that several processes share."""

    def __init__(self, registry: "CollectorRegistry | None") -> None:
        self._requests = Counter(
            "carboy_http_requests", "Requests that were answered.", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "carboy_http_request_seconds",
            "How long until the answer began.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=registry,
        )
        self.in_flight = self._gauge("carboy_http_requests_in_flight", "Requests under way.", registry)
        self.pool_size = self._gauge("carboy_database_pool_size", "Connections that are kept.", registry, "pool")
        self.pool_in_use = self._gauge("carboy_database_pool_in_use", "Connections at work.", registry, "pool")
        self.pool_overflow = self._gauge(
            "carboy_database_pool_overflow", "Connections beyond those that are kept.", registry, "pool"
        )
        self.job_steps = Counter(
            "carboy_job_steps", "Steps that jobs made.", ("job", "before", "now"), registry=registry
        )
        self.job_seconds = Counter("carboy_job_seconds", "Seconds that jobs ran.", ("job",), registry=registry)
        self.sockets = self._gauge("carboy_sockets_open", "Sockets that are open.", registry)
        self.sockets_refused = Counter(
            "carboy_sockets_refused", "Sockets that found every seat taken.", registry=registry
        )
        self.live_reconnects = Counter(
            "carboy_live_reconnects", "How often live events could be read again.", registry=registry
        )
        self.revocation_failures = Counter(
            "carboy_revocation_failures",
            "How often Redis could not say which tokens are revoked, or take one.",
            registry=registry,
        )
        self.metrics_refused = Counter(
            "carboy_metrics_refused", "How often somebody asked for metrics without the token.", registry=registry
        )
        self._of_requests: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count one request. The method is one of HTTP's, or "other"."""
        request = method, (UNMATCHED if route is None else route), (_STATUSES.get(status) or _class_of(status))
        counter, histogram = self._of_requests.get(request) or self._of(*request)
        counter.inc()
        histogram.observe(seconds)

    def _of(self, method: str, route: str, status: str) -> tuple[Counter, Histogram]:
        found = self._requests.labels(method, route, status), self._seconds.labels(method, route)
        self._of_requests[method, route, status] = found
        return found

    @staticmethod
    def _gauge(name: str, words: str, registry: "CollectorRegistry | None", *labels: str) -> Gauge:
        return Gauge(name, words, labels, registry=registry, multiprocess_mode="livesum")


def _class_of(status: int) -> str:
    # An alert on 5.. must see a 599 as well.
    return f"{status // 100}xx" if 100 <= status < 600 else OTHER
