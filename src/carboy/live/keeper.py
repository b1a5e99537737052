"""One thread that looks after the sockets of a process: those whose sign-in has ended, and all when it stops."""

import logging
import signal
import threading
import time
from itertools import islice
from typing import TYPE_CHECKING

from carboy.accounts import known
from carboy.accounts.flask import accounts_of
from carboy.live.limits import CHECK_SECONDS, PATIENCE_SECONDS, Why

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from carboy.live.sockets import Listener, Sockets

log = logging.getLogger("carboy.live")

LOOK_SECONDS = 0.25
_MANY = 500


class Keeper:
    """Looks after sockets until the server stops."""

    def __init__(self, sockets: "Sockets") -> None:
        self._sockets = sockets
        self._worker = _gunicorns_worker()

    def start(self) -> None:
        """Begin, in a thread of its own."""
        threading.Thread(target=self._run, name="carboy-live-keeper", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            if not getattr(self._worker, "alive", True):
                self._sockets.close_all()
            self._close_strangers()
            self._check(self._due())

    def _close_strangers(self) -> None:
        known = {listener.wire for listener in list(self._sockets.listeners.values())}
        long_ago = time.monotonic() - PATIENCE_SECONDS
        for wire in list(self._sockets.wires):
            if wire not in known and wire.opened_at < long_ago:
                wire.close(Why.NOT_ALLOWED)

    def _due(self) -> "list[Listener]":
        long_ago = time.monotonic() - CHECK_SECONDS
        due = (one for one in list(self._sockets.listeners.values()) if one.checked_at < long_ago)
        return list(islice(due, _MANY))

    def _check(self, due: "list[Listener]") -> None:
        """Close the sockets of whoever is not the same any more, and take them out of rooms that are closed to them."""
        if not due:
            return
        roles = self._roles({one.who.session_id for one in due if one.who.session_id})
        for listener in due:
            listener.checked_at = time.monotonic()
            if listener.who.session_id is None or roles.get(listener.who.session_id) not in listener.who.roles:
                listener.wire.close(Why.NOT_ALLOWED)  # it comes back, and says anew who it is
                continue
            for name, room in list(listener.rooms.items()):
                if self._sockets.room_for(listener.who, name) != room:
                    self._sockets.forget_room(listener, name)

    def _roles(self, sessions: "set[UUID]") -> "Mapping[UUID, str]":
        """Return which of these sign-ins still hold, and the role of their user; none if nobody can say."""
        app = self._sockets.app
        if "carboy.accounts" not in app.extensions:
            return {}
        try:
            return known.holding(accounts_of(app), sessions)
        except Exception:
            log.warning("who still listens could not be checked; their sockets are closed", exc_info=True)
            return {}


def _gunicorns_worker() -> object:
    # Nothing else tells in time: gunicorn has a hook for a worker that has stopped, and none for one that is to stop.
    return getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
