"""One line for every request: what was asked, what was answered, how long it took and where the time went.

Never a body, a query, a cookie or a header; the route's pattern stands for the path, which may hold a token. Of what no
route takes, the words that are ours are told.
"""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from http import HTTPMethod
from typing import TYPE_CHECKING, Any, Protocol

from carboy import context
from carboy import settings as settings_room
from carboy.web.onion import Environ, Layer, StartResponse, Wsgi

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Rule

log = logging.getLogger("carboy.access")

_ROUTE = "carboy.route"
_RENDERING = "carboy.rendering"

_METHODS = frozenset(map(str, HTTPMethod))


def init_app(app: "Flask") -> None:
    """Note for the log which route a request took, and how long its templates took."""
    from flask import before_render_template, request, template_rendered

    @app.before_request
    def note_the_route() -> None:
        if (rule := request.url_rule or _rule_for_other_methods(app)) is not None:
            request.environ[_ROUTE] = rule.rule

    def start_rendering(_app: "Flask", **_: Any) -> None:
        if request and (spent := context.spent()) is not None:
            request.environ.setdefault(_RENDERING, []).append((time.perf_counter(), spent.total))

    def stop_rendering(_app: "Flask", **_: Any) -> None:
        if request and (spent := context.spent()) is not None and (begun := request.environ.get(_RENDERING)):
            since, before = begun.pop()
            # What the template asked of the database is booked there already, and a template inside it as well.
            context.spend("template", time.perf_counter() - since - (spent.total - before))

    def log_exception(error: Any) -> None:
        # Flask's own line has the path, which may hold a token.
        route, method = request.url_rule or "no route", _known(request.method)
        app.logger.error("Exception on %s [%s]", route, method, exc_info=error)

    setattr(app, "log_exception", log_exception)  # noqa: B010  (as Flask lets a subclass do)
    before_render_template.connect(start_rendering, app, weak=False)
    template_rendered.connect(stop_rendering, app, weak=False)


def _rule_for_other_methods(app: "Flask") -> "Rule | None":
    """Return the rule of an address that is ours, and does not take the method that was sent."""
    from flask import request
    from werkzeug.exceptions import HTTPException, MethodNotAllowed

    refusal = request.routing_exception
    if isinstance(refusal, MethodNotAllowed) and refusal.valid_methods:
        addresses = app.create_url_adapter(request)
        with suppress(HTTPException):  # a rule may answer by itself: it redirects
            return addresses.match(method=next(iter(refusal.valid_methods)), return_rule=True)[0] if addresses else None
    return None


class Counts(Protocol):
    """Whoever counts requests."""

    def begin(self) -> None:
        """Note that one has come."""

    def note(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Note what came of it."""


class _Nobody:
    def begin(self) -> None:
        pass

    def note(self, *_: object) -> None:
        pass


def timed(app: "Flask", counts: Counts | None = None) -> Layer:
    """Time every request and write its line. In development the answer says as well where the time went."""
    settings = settings_room.of(app)
    counts = counts or _Nobody()

    @cache
    def our_words() -> frozenset[str]:  # asked for when every route is there
        return frozenset({"", *(rule.rule.split("/")[1] for rule in app.url_map.iter_rules())})

    def layer(application: Wsgi) -> Wsgi:
        def logged(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            line = _Line(
                our_words, environ, slow_after=settings.slow_request_seconds, tell=settings.mode == "development"
            )
            counts.begin()
            with context.stopwatch() as line.spent:
                try:
                    return application(environ, line.starting(start_response))
                except BaseException:
                    line.status = 500
                    raise
                finally:
                    counts.note(line.method, line.route, line.status, line.write())

        return logged

    return layer


class _Line:
    """What is known so far about one request."""

    def __init__(
        self, our_words: Callable[[], frozenset[str]], environ: Environ, *, slow_after: float, tell: bool
    ) -> None:
        self.status = 0
        self.spent = context.Spent()
        self.method = _known(environ.get("REQUEST_METHOD", ""))
        self._our_words = our_words
        self._environ = environ
        self._slow_after = slow_after
        self._tell = tell
        self._path = environ.get("PATH_INFO", "")
        self._began = time.perf_counter()

    @property
    def route(self) -> str | None:
        """The pattern of the address, None if no route has it."""
        return self._environ.get(_ROUTE)

    def starting(self, start_response: StartResponse) -> StartResponse:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            self.status = int(status[:3])
            # How long a sign-in took may tell whether there is an account: what is sent is not timed aloud.
            if self._tell and self.method in ("GET", "HEAD"):
                headers = [*headers, ("Server-Timing", self._server_timing())]
            return start_response(status, headers, *error)

        return start

    def write(self) -> float:
        """Write the line, and return how many seconds it took."""
        seconds = time.perf_counter() - self._began
        fields: dict[str, Any] = {
            "method": self.method,
            "route": self.route,
            "status": self.status,
            "ms": _ms(seconds),
            "ip": self._environ.get("REMOTE_ADDR"),
        }
        if fields["route"] is None:
            fields["path"] = _as_far_as_known(self._path, self._our_words())
        if seconds < self._slow_after:
            log.info("request", extra=fields)
        else:
            log.warning("slow request", extra=fields | self._split(seconds))
        return seconds

    def _split(self, seconds: float) -> dict[str, float]:
        parts = {f"{what}_ms": _ms(spent) for what, spent in self.spent.seconds.items()}
        return {**parts, "rest_ms": _ms(seconds - self.spent.total), "statements": self.spent.statements}

    def _server_timing(self) -> str:
        rest = time.perf_counter() - self._began - self.spent.total
        told = {what: f"{what};dur={_ms(spent)}" for what, spent in {**self.spent.seconds, "rest": rest}.items()}
        if "database" in told:
            told["database"] += f';desc="statements: {self.spent.statements}"'
        return ", ".join(told.values())


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _known(method: str) -> str:
    return method if method in _METHODS else "other"


def _as_far_as_known(path: str, ours: frozenset[str]) -> str:
    """Return the first part of a path if a route begins so. What follows may be a token, and so may any other word."""
    first, _, rest = path[1:].partition("/")
    if first not in ours:
        return "/…"
    return f"/{first}/…" if rest else f"/{first}"
