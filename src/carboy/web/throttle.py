"""How often is too often: for the API as a whole (API_RATE_LIMIT), for a view (`@throttled`), for wrong credentials.

Who is known is counted by name, a stranger by address. Wrong credentials are counted by address in this process alone:
that costs nothing, and holds when Redis does not.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any, TypeVar

from flask import Flask, current_app, request

from carboy import settings as settings_room
from carboy.errors import SetupError
from carboy.web import identity
from carboy.web.counting import Throttle, network_of, refuse_if
from carboy.web.windows import Rate, rates

View = TypeVar("View", bound=Callable[..., Any])


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
    return network_of(request.remote_addr or "")
