"""One line for every request: what was asked, what was answered, how long it took and where the time went.

Never a body, a query, a cookie or a header; the route's pattern stands for the path, which may hold a token.
"""

import logging
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from carboy import context
from carboy import settings as settings_room
from carboy.web.onion import Environ, Layer, StartResponse, Wsgi

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger("carboy.access")

_ROUTE = "carboy.route"
_RENDERING = "carboy.rendering_since"


def init_app(app: "Flask") -> None:
    """Note for the log which route a request took, and how long its templates took."""
    from flask import before_render_template, request, template_rendered

    @app.before_request
    def note_the_route() -> None:
        if request.url_rule is not None:
            request.environ[_ROUTE] = request.url_rule.rule

    def start_rendering(_app: "Flask", **_: Any) -> None:
        if request:
            request.environ[_RENDERING] = time.perf_counter()

    def stop_rendering(_app: "Flask", **_: Any) -> None:
        if request and (since := request.environ.pop(_RENDERING, None)):
            context.spend("template", time.perf_counter() - since)

    before_render_template.connect(start_rendering, app, weak=False)
    template_rendered.connect(stop_rendering, app, weak=False)


def timed(app: "Flask") -> Layer:
    """Time every request and write its line. In development the answer says as well where the time went."""
    settings = settings_room.of(app)

    def layer(application: Wsgi) -> Wsgi:
        def logged(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            line = _Line(environ, slow_after=settings.slow_request_seconds, tell=settings.mode == "development")
            with context.stopwatch() as line.spent:
                try:
                    return application(environ, line.starting(start_response))
                except BaseException:
                    line.status = 500
                    raise
                finally:
                    line.write()

        return logged

    return layer


class _Line:
    """What is known so far about one request."""

    def __init__(self, environ: Environ, *, slow_after: float, tell: bool) -> None:
        self.status = 0
        self.spent: dict[str, float] = {}
        self._environ = environ
        self._slow_after = slow_after
        self._tell = tell
        self._path = environ.get("PATH_INFO", "")
        self._began = time.perf_counter()

    def starting(self, start_response: StartResponse) -> StartResponse:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            self.status = int(status[:3])
            # How long a sign-in took may tell whether there is an account: what is sent is not timed aloud.
            if self._tell and self._environ.get("REQUEST_METHOD") in ("GET", "HEAD"):
                headers = [*headers, ("Server-Timing", self._server_timing())]
            return start_response(status, headers, *error)

        return start

    def write(self) -> None:
        seconds = time.perf_counter() - self._began
        fields: dict[str, Any] = {
            "method": self._environ.get("REQUEST_METHOD"),
            "route": self._environ.get(_ROUTE),
            "status": self.status,
            "ms": round(seconds * 1000, 1),
            "ip": self._environ.get("REMOTE_ADDR"),
        }
        if fields["route"] is None:
            fields["path"] = self._path[:200] if self._tell else _first_part(self._path)
        if seconds < self._slow_after:
            log.info("request", extra=fields)
        else:
            log.warning("slow request", extra=fields | self._split(seconds))

    def _split(self, seconds: float) -> dict[str, float]:
        parts = {f"{what}_ms": round(spent * 1000, 1) for what, spent in self.spent.items()}
        rest = seconds - sum(self.spent.values())
        return {**parts, "rest_ms": round(rest * 1000, 1)}

    def _server_timing(self) -> str:
        total = time.perf_counter() - self._began
        spent = {**self.spent, "rest": total - sum(self.spent.values())}
        return ", ".join(f"{what};dur={seconds * 1000:.1f}" for what, seconds in spent.items())


def _first_part(path: str) -> str:
    # What follows may be a token: /reset/<token>/ with a slash too many matches no route.
    first, _, rest = path[1:].partition("/")
    return f"/{first[:100]}/…" if rest else f"/{first[:100]}"
