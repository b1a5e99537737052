"""One socket: what comes in is counted and measured, and it can be closed with a reason.

It speaks the protocol itself, by wsproto: a library that does it with a thread of its own for each socket would make
four of three.
"""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Message, Ping, Request, TextMessage
from wsproto.utilities import ProtocolError

from carboy.live.limits import LARGEST_MESSAGE, MOST_MESSAGES, WITHIN_SECONDS, Why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carboy.web.onion import Environ

WIRE = "carboy.live.wire"

_HANDSHAKE = ("Host", "Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version")
_READ_BYTES = 4096
_POLITE_SECONDS = 0.1


class Wire:
    """A socket as Engine.IO wants one: `wait` for what comes, `send`, `close`."""

    def __init__(self, handler: Callable[["Wire"], Any], open_ones: "set[Wire]") -> None:
        self.opened_at = time.monotonic()
        self._handler, self._open_ones = handler, open_ones
        self._protocol = WSConnection(ConnectionType.SERVER)
        self._messages = self._read()
        self._sending = threading.Lock()
        self._counted_since, self._count = self.opened_at, 0

    def __call__(self, environ: "Environ", _start_response: object) -> list[bytes]:
        """Shake hands, and serve it until it is closed."""
        self._socket: socket.socket = environ.get("gunicorn.socket") or environ["werkzeug.socket"]
        try:
            self._shake_hands(environ)
            environ[WIRE] = self
            self._open_ones.add(self)
            self._handler(self)
        finally:
            self._open_ones.discard(self)
            self.close()
            self._socket.close()
        return []

    def send(self, message: str | bytes) -> None:
        """Send a message."""
        self._say(TextMessage(str(message)))

    def wait(self) -> str | bytes | None:
        """Return the next message; None if it is closed, or if more comes than anybody needs to send."""
        with suppress(OSError, ProtocolError):
            message = next(self._messages, None)
            if message is None or not self._is_too_often():
                return message
            self.close(Why.TOO_OFTEN)
        return None

    def close(self, why: Why = Why.DONE) -> None:
        """Close it now, whether or not the other side reads what we say, or answers."""
        if self._sending.acquire(timeout=_POLITE_SECONDS):
            with suppress(OSError, ProtocolError):
                self._socket.send(self._protocol.send(CloseConnection(why)), socket.MSG_DONTWAIT)
            self._sending.release()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # whoever waits for a message wakes up

    def _shake_hands(self, environ: "Environ") -> None:
        # No extension is offered to: events are short, and compressing would hold some hundred kB for each socket.
        keys = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in _HANDSHAKE}
        headers = [(name.encode(), environ[key].encode("latin-1")) for name, key in keys.items() if key in environ]
        self._protocol.initiate_upgrade_connection(headers, "/")
        if any(isinstance(event, Request) for event in self._protocol.events()):
            self._say(AcceptConnection())

    def _read(self) -> "Iterator[str | bytes]":
        parts: list[Any] = []
        while data := self._socket.recv(_READ_BYTES):
            self._protocol.receive_data(data)
            for event in self._protocol.events():
                if isinstance(event, (CloseConnection, Ping)):
                    self._say(event.response())
                if isinstance(event, CloseConnection):
                    return
                if isinstance(event, Message):
                    parts.append(event.data)
                    if sum(map(len, parts)) > LARGEST_MESSAGE:
                        self.close(Why.TOO_LARGE)
                        return
                    if event.message_finished:
                        yield parts[0][:0].join(parts)
                        parts = []

    def _say(self, event: Event) -> None:
        with self._sending:
            try:
                self._socket.sendall(self._protocol.send(event))
            except ProtocolError:
                raise OSError("The socket is closed.") from None

    def _is_too_often(self) -> bool:
        now = time.monotonic()
        if now - self._counted_since > WITHIN_SECONDS:
            self._counted_since, self._count = now, 0
        self._count += 1
        return self._count > MOST_MESSAGES
