"""The request that becomes a socket. It passes what every request passes: host, address, who asks, how often.

The view says whether it may become one, and the layer around the application makes it one after everything else has
ended with an answer of 101. So a socket holds no request open: no session, no transaction, no line of the access log
that is hours long.
"""

import threading
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from blinker import signal
from flask import Response, current_app, request
from werkzeug.exceptions import BadRequest

from carboy import settings as settings_room
from carboy.errors import Busy, Refused, Unauthenticated
from carboy.live.taking_over import take_over
from carboy.web import identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from carboy.live.sockets import Sockets
    from carboy.web.identity import Identity
    from carboy.web.onion import Environ, Layer, StartResponse, Wsgi

PATH = "/socket.io/"

socket_refused = signal("carboy.socket-refused")  # sent by the application, when every seat is taken

IDENTITY = "carboy.live.identity"
_DOOR = "carboy.live.door"


class Seats:
    """How many sockets there may be in this process."""

    def __init__(self, number: int) -> None:
        self.free = number
        self._counting = threading.Lock()

    def take(self) -> bool:
        """Take one, if there is one."""
        with self._counting:
            self.free -= (taken := self.free > 0)
            return taken

    def leave(self) -> None:
        """Give one back."""
        with self._counting:
            self.free += 1


class _Door:
    """Where the view leaves word for the layer around the application, and the layer notes what was answered."""

    def __init__(self, seats: Seats) -> None:
        self.seats = seats
        self.opened_for: Environ | None = None
        self.is_open = False

    def open(self, environ: "Environ") -> None:
        """Open it for this request, if there is a seat."""
        if not self.seats.take():
            socket_refused.send(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001
            raise _full()
        self.opened_for = environ

    def shut(self) -> None:
        """Give the seat back."""
        if self.opened_for is not None:
            self.opened_for = None
            self.seats.leave()


def let_in(sockets: "Sockets") -> Response:
    """Answer whoever wants a socket: 101, or why not."""
    door: _Door | None = request.environ.get(_DOOR)
    if door is None or _asks_for(request.args.get) != ("websocket", "4", None):
        raise BadRequest("Sockets are opened here, and nothing else: transport=websocket, EIO=4.")
    if not any(name in request.environ for name in _SOCKETS):
        raise BadRequest("This server hands over no connection, so there are no sockets. gunicorn does, and flask run.")
    who = _who_asks()
    if sockets.is_closing:
        raise _full()
    door.open(_kept(request.environ) | {IDENTITY: who})
    return Response(status=101)


def _full() -> Busy:
    return Busy("Every socket of this server is taken. Raise LIVE_SOCKETS, if this comes often.", retry_after=10)


def _kept(environ: "Environ") -> "Environ":
    """Return what a socket needs to know of its request: it may be open for days, and a request is large."""
    return {name: value for name, value in environ.items() if isinstance(value, str) or name in _SOCKETS}


_SOCKETS = ("gunicorn.socket", "werkzeug.socket")


def _asks_for(said: "Callable[[str], str | None]") -> tuple[str | None, ...]:
    return said("transport"), said("EIO"), said("sid")


def _who_asks() -> "Identity":
    """Return who is known by what their browser sent. A page of another site is not believed, nor a script's cookie."""
    if current_app.extensions["carboy.csrf"]() is not False:
        return identity.current()
    if request.headers.get("Origin") in settings_room.of(current_app).cors_origins:
        return identity.ANONYMOUS  # such a script brings a token
    raise Refused("This was sent from another site. Its scripts may open sockets if CORS_ORIGINS names it.")


def by_token(app: "Flask", environ: "Environ", token: str) -> "Identity":
    """Return who holds this token, as the API would: a stranger if nobody does."""
    asked = {name: environ[name] for name in _KEPT if name in environ}
    asked |= {"PATH_INFO": "/api/", "HTTP_AUTHORIZATION": f"Bearer {token}", "REQUEST_METHOD": "GET"}
    with app.request_context(asked), suppress(Unauthenticated, Busy):
        return identity.recognise()
    return identity.ANONYMOUS


_KEPT = ("REMOTE_ADDR", "HTTP_HOST", "HTTP_USER_AGENT", "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme")


def becoming_sockets(seats: Seats, sockets: "Sockets") -> "Layer":
    """Make a socket of each request that was let in, and answered with 101 after all."""

    def layer(application: "Wsgi") -> "Wsgi":
        def with_sockets(environ: "Environ", start_response: "StartResponse") -> Iterable[bytes]:
            if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
                return application(environ, start_response)
            door = environ[_DOOR] = _Door(seats)

            def answered(status: str, *said: object) -> object:
                door.is_open = door.opened_for is not None and status.startswith("101")
                return None if door.is_open else start_response(status, *said)

            with ExitStack() as before:
                before.callback(door.shut)
                answer = application(environ, answered)
                if not door.is_open:
                    return answer
                getattr(answer, "close", bool)()
                is_ours = take_over(door.opened_for or {})
                before.pop_all()
            return _become(door, sockets, in_place=not is_ours)

        return with_sockets

    return layer


def _become(door: _Door, sockets: "Sockets", *, in_place: bool) -> Iterable[bytes]:
    def serve() -> None:
        try:
            sockets.serve(door.opened_for or {})
        finally:
            door.shut()

    if not in_place:
        threading.Thread(target=serve, name="carboy-live-socket", daemon=True).start()
        raise StopIteration  # as gunicorn wants to hear it: there is no answer to send
    is_werkzeug = "werkzeug.socket" in (door.opened_for or {})
    serve()
    raise ConnectionError if is_werkzeug else StopIteration
