"""The sockets of one process: who is behind each, in which rooms they listen, and what they hear.

    listen <name>        the browser asks for a room, and is answered {"room": …}, or {"refused": true}
    leave <name>
    event                what it hears: {"room": …, "event": …, "data": …}

It begins with the first socket: the process that forks workers has opened nothing.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carboy import context
from carboy.data.flask import data_of
from carboy.live.door import IDENTITY, by_token
from carboy.live.event import END, RESYNC, Event
from carboy.live.flask import live_of
from carboy.live.keeper import Keeper
from carboy.live.limits import LONGEST_ASKED, MOST_ROOMS, Why
from carboy.live.managers import Ears

if TYPE_CHECKING:
    from flask import Flask

    from carboy.live.engine import Server
    from carboy.live.wire import Wire
    from carboy.web.identity import Identity
    from carboy.web.onion import Environ

log = logging.getLogger("carboy.live")

RECENT_SECONDS = 60.0


@dataclass(slots=True, eq=False)
class Listener:
    """Somebody we know, behind one socket."""

    sid: str
    who: "Identity"
    wire: "Wire"
    checked_at: float = field(default_factory=time.monotonic)
    rooms: dict[str, str] = field(default_factory=dict)  # by the name that was asked for


class Sockets:
    """The sockets that this process serves."""

    def __init__(self, app: "Flask") -> None:
        self.app = app
        self.wires: set[Wire] = set()
        self.listeners: dict[str, Listener] = {}
        self.is_closing = False
        self._server: Any = None
        self._starting = threading.Lock()
        self._heard_at: dict[str, float] = {}
        self._began_at = 0.0

    def serve(self, environ: "Environ") -> None:
        """Serve one socket until it is closed."""
        try:
            self._started().handle_request(environ, _refuse)
        except Exception:  # whoever shook hands wrongly, or left while doing so
            log.info("a socket could not be opened", exc_info=True)

    def close_all(self, why: Why = Why.LEAVING) -> None:
        """Close every socket, and open no more."""
        self.is_closing = True
        for wire in list(self.wires):
            wire.close(why)

    # -- what is heard -----------------------------------------------------------------------------------

    def hear(self, event: Event) -> None:
        """Tell it to those who listen in its room."""
        if event.name == END:
            self._end(str(event.data))
            return
        self._note_heard(event.room)
        said = {"room": event.room, "event": event.name, "data": event.data}
        with context.working_for(event.request_id or context.request_id(), context.asker()):
            log.debug("live event told", extra={"room": event.room, "event_name": event.name})
            self._server.emit("event", said, room=event.room)

    def gap(self) -> None:
        """Have everybody ask for everything again."""
        self._server.emit("event", {"room": None, "event": RESYNC, "data": None})

    def _end(self, session_id: str) -> None:
        for listener in list(self.listeners.values()):
            if str(listener.who.session_id) == session_id:
                listener.wire.close(Why.NOT_ALLOWED)

    def _note_heard(self, room: str) -> None:
        now = time.monotonic()
        self._heard_at.pop(room, None)
        self._heard_at[room] = now
        while self._heard_at and now - next(iter(self._heard_at.values())) > RECENT_SECONDS:
            del self._heard_at[next(iter(self._heard_at))]

    def _is_recent(self, room: str) -> bool:
        """Whether something may have happened there between a page and its socket."""
        long_ago = time.monotonic() - RECENT_SECONDS
        return self._heard_at.get(room, self._began_at) > long_ago

    # -- what browsers say -------------------------------------------------------------------------------

    def _connect(self, sid: str, environ: "Environ", auth: object) -> None:
        from socketio.exceptions import ConnectionRefusedError as Refusal  # type: ignore[import-untyped]

        from carboy.live.wire import WIRE

        who = environ[IDENTITY]
        if isinstance(auth, dict) and (token := auth.get("token")):
            who = by_token(self.app, environ, str(token))
        if not who.principal:
            raise Refusal("This is not for strangers.")
        self.listeners[sid] = Listener(sid, who, environ[WIRE])

    def _disconnect(self, sid: str, *_reason: object) -> None:
        self.listeners.pop(sid, None)

    def _listen(self, sid: str, name: object = None, *_more: object) -> dict[str, Any]:
        listener = self.listeners.get(sid)
        room = self.room_for(listener.who, name) if listener and len(listener.rooms) < MOST_ROOMS else None
        if listener is None or room is None:
            return {"refused": True}
        listener.rooms[str(name)] = room
        self._server.enter_room(sid, room)
        return {"room": room, "recent": self._is_recent(room)}

    def _leave(self, sid: str, name: object = None, *_more: object) -> None:
        if listener := self.listeners.get(sid):
            self.forget_room(listener, str(name))

    def forget_room(self, listener: Listener, name: str) -> None:
        """Have them listen there no more."""
        room = listener.rooms.pop(name, None)
        if room is not None and room not in listener.rooms.values():
            self._server.leave_room(listener.sid, room)

    def room_for(self, who: "Identity", name: object) -> str | None:
        """Return the room that is meant, None if they may not listen there."""
        if not isinstance(name, str) or len(name) > LONGEST_ASKED:
            return None
        try:
            with self.app.app_context(), data_of(self.app).database.reading():
                return live_of(self.app).names.room_for(who, name)
        except Exception:
            log.exception("who may listen could not be said, so nobody may")
            return None

    # -- beginning ---------------------------------------------------------------------------------------

    def _started(self) -> Any:
        with self._starting:
            if self._server is None:
                self._server = self._make_server()
                self._began_at = time.monotonic()
                live_of(self.app).manager.listen(Ears(self.hear, self.gap))
                Keeper(self).start()
                atexit.register(self.close_all)
            return self._server

    def _make_server(self) -> "Server":
        from carboy.live.engine import Server

        server = Server(self.wires)
        server.on("connect", self._connect)
        server.on("disconnect", self._disconnect)
        server.on("listen", self._listen)
        server.on("leave", self._leave)
        return server


def _refuse(*_said: object) -> Callable[..., None]:
    raise RuntimeError("A request came past the door that is no socket's.")
