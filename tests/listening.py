"""Those who open sockets: a script with a token, and a browser with its cookie, each by Socket.IO's own client."""

import queue
import time

import socketio
from websocket import WebSocket, WebSocketBadStatusException

PATIENCE_SECONDS = 10


class Refused(Exception):
    """The server did not let us in."""


class Client:
    """Somebody who listens."""

    def __init__(self, address, *, auth=None, headers=None, path="socket.io"):
        self._heard = queue.SimpleQueue()
        self._closed = queue.SimpleQueue()
        self._opened = []
        options = {"class_": self._new_websocket, "suppress_origin": True}  # or it sends one beside ours
        self._socket = socketio.Client(reconnection=False, websocket_extra_options=options)
        self._socket.on("event", self._heard.put)
        self._socket.on("disconnect", self._closed.put)
        try:
            self._socket.connect(
                address,
                auth=auth,
                headers=headers or {},
                transports=["websocket"],
                wait_timeout=PATIENCE_SECONDS,
                socketio_path=path,
            )
        except socketio.exceptions.ConnectionError as error:
            self.close()
            raise Refused(str(error)) from error

    def listen(self, name):
        return self._socket.call("listen", name, timeout=PATIENCE_SECONDS)

    def leave(self, name):
        self._socket.emit("leave", name)
        self.listen("nobody")  # whose answer comes after what we did

    def next(self):
        event = self._heard.get(timeout=PATIENCE_SECONDS)
        return event["event"], event["data"]

    def until(self, last):
        events = [self.next()]
        while events[-1] != last:
            events.append(self.next())
        return events

    def is_silent(self):
        return self._heard.empty()

    def emit(self, *said):
        self._socket.emit(*said)

    def wait_until_closed(self):
        """How many seconds it took."""
        began = time.monotonic()
        self._closed.get(timeout=PATIENCE_SECONDS)
        return time.monotonic() - began

    def close(self):
        if self._socket.connected:
            self._socket.disconnect()
        for websocket in self._opened:  # which the client leaves open if the server has closed it, or refuses
            websocket.shutdown()

    def _new_websocket(self, **options):
        self._opened.append(WebSocket(**options))
        return self._opened[-1]


class Script(Client):
    """A program with an access token."""

    def __init__(self, address, token, headers, **where):
        super().__init__(address, auth={"token": token}, headers=headers, **where)


class Browser(Client):
    """A browser with its cookie, which sends the Origin of the page."""

    def __init__(self, address, cookie, headers):
        super().__init__(address, headers={"Origin": address, **({"Cookie": cookie} if cookie else {}), **headers})


class Raw:
    """A websocket without Socket.IO, to see the very frames."""

    def __init__(self, address, host=None):
        self.socket = WebSocket()
        url = address.replace("http://", "ws://") + "/socket.io/?transport=websocket&EIO=4"
        try:
            self.socket.connect(url, host=host, suppress_origin=True, timeout=PATIENCE_SECONDS)
        except WebSocketBadStatusException as error:
            self.close()
            raise Refused(error.status_code, error.resp_headers) from error

    def send(self, text):
        self.socket.send(text)

    def close_code(self):
        """Read on until the server closes it, and return the number that it gives."""
        while True:
            opcode, data = self.socket.recv_data(control_frame=True)
            if opcode == 8:
                return int.from_bytes(data[:2], "big")

    def close(self):
        self.socket.shutdown()


def as_soon_as_it_can(open_one, unless=Refused):
    """Open one once the server lets us in."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return open_one()
        except unless:
            assert time.monotonic() < deadline
            time.sleep(0.02)
