"""How often is too often: for the API as a whole (API_RATE_LIMIT), for a view (`@throttled`), for wrong credentials.

Who is known is counted by name, a stranger by address. Wrong credentials are counted by address in this process alone:
that costs nothing, and holds when Redis does not.
"""

import ipaddress
import logging
import math
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from hashlib import blake2b
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, current_app, request

from carboy import settings as settings_room
from carboy.errors import SetupError, Throttled
from carboy.web import identity
from carboy.web.windows import Memory, Rate, Redis, Windows, rates

if TYPE_CHECKING:
    from carboy.settings import Settings

log = logging.getLogger("carboy.web")

View = TypeVar("View", bound=Callable[..., Any])

GUESSES = "60/minute"  # of wrong credentials, where the API has no limit
PATIENCE_SECONDS = 0.5
REST_SECONDS = 5  # after a failure Redis is left alone for so long: else every request would wait for it
SILENCE_SECONDS = 60


def init_app(app: Flask) -> None:
    """Count requests. The doors ask at the right moments; without this they count nothing."""
    settings = settings_room.adopt(app)
    if settings.redis_url and not (find_spec("redis") and find_spec("limits")):
        raise SetupError("REDIS_URL is set, and the package that talks to Redis is missing: pip install carboy[redis]")
    app.extensions["carboy.throttle"] = Throttle(settings)


def throttled(limit: str) -> Callable[[View], View]:
    """Declare how often one caller may ask for this view, beside the limit of the API: "5/minute;20/hour"."""
    try:
        found = rates(limit)
    except ValueError as error:
        raise SetupError(f"The limit of @throttled {error}.") from error

    def note(view: View) -> View:
        view.carboy_limits = found  # type: ignore[attr-defined]
        return view

    return note


class Throttle:
    """What one application counts, and where."""

    def __init__(self, settings: "Settings") -> None:
        self.rates = rates(settings.api_rate_limit)
        self.guesses = self.rates or (() if settings.mode == "testing" else rates(GUESSES))
        self.own = Memory()
        self._url = settings.redis_url
        self._secret = settings.secret_key.get_secret_value().encode()[: blake2b.MAX_KEY_SIZE]
        self._outage = _Outage()

    @cached_property
    def _shared(self) -> Windows:
        return Redis(self._url, PATIENCE_SECONDS) if self._url else self.own

    def caller(self, scope: str, name: str) -> str:
        """Name a caller so that whoever reads the store learns no address, and finds none by trying."""
        return blake2b(f"{scope} {name}".encode(), key=self._secret, digest_size=16).hexdigest()

    def count(self, rate: Rate, caller: str, *, strict: bool) -> None:
        """Count a request, or refuse it. While Redis is away, what is `strict` is counted here, and all else passes."""
        wait = self._wait_for_all_processes(rate, caller)
        if wait is None:
            wait = self.own.take(rate, caller) if strict else 0
        refuse_if(wait, rate)

    def _wait_for_all_processes(self, rate: Rate, caller: str) -> float | None:
        if self._outage.is_fresh():
            return None
        try:
            return self._shared.take(rate, caller)
        except ConnectionError as error:
            self._outage.note(error)
            return None


class _Outage:
    """When the store was last found away, and when that was last said."""

    def __init__(self) -> None:
        self._rests_until = self._silent_until = -math.inf

    def is_fresh(self) -> bool:
        return time.monotonic() < self._rests_until

    def note(self, error: Exception) -> None:
        now = time.monotonic()
        self._rests_until = now + REST_SECONDS
        if now >= self._silent_until:
            self._silent_until = now + SILENCE_SECONDS
            log.error("requests are not throttled: Redis does not answer", extra={"reason": str(error)})


def refuse_if(wait: float, rate: Rate) -> None:
    """Refuse a request that has to wait: for whole seconds, at least one and no longer than the window."""
    if wait:
        seconds = min(max(math.ceil(wait), 1), rate.seconds)
        raise Throttled(f"Ask again in {seconds} s.", retry_after=seconds)


def turn_away_guessers() -> None:
    """Refuse a credential from an address that brought too many wrong ones: else the right one would show itself."""
    if room := _room():
        for rate in room.guesses:
            refuse_if(room.own.wait(rate, room.caller(_wrong(), _address())), rate)


def count_failure() -> None:
    """Count a wrong credential, and the request that brought it."""
    if room := _room():
        for rate in room.guesses:
            refuse_if(room.own.take(rate, room.caller(_wrong(), _address())), rate)
        count_request()


def count_request() -> None:
    """Count this request for whoever asks, or refuse it."""
    if room := _room():
        name = identity.current().principal or _address()
        # The shortest window first: what it turns away is then not counted in the longer ones.
        for rate, scope in sorted(_limits(room)):
            room.count(rate, room.caller(scope, name), strict=scope != _API)


def _wrong() -> str:
    # A machine with an old key at an address has nothing to do with the people there, who are known by a cookie.
    return f"wrong {identity.kind_of_credential()}"


_API = "api"


def _limits(room: Throttle) -> Iterator[tuple[Rate, str]]:
    from carboy.web.families import is_api

    if room.rates and is_api(request):
        yield from ((rate, _API) for rate in room.rates)
    view = current_app.view_functions.get(request.endpoint or "")
    yield from ((rate, f"view {request.endpoint}") for rate in getattr(view, "carboy_limits", ()))


def _room() -> Throttle | None:
    return current_app.extensions.get("carboy.throttle")


def _address() -> str:
    """Return whose address this is: of IPv6 the network, since anybody has 2**64 addresses there."""
    said = request.remote_addr or ""
    try:
        address = ipaddress.ip_address(said.partition("%")[0])
    except ValueError:
        return said
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
