"""Socket.IO's server as we use it: with sockets of ours, and no socket that closes keeps the others from hearing."""

import logging
from contextlib import suppress
from typing import Any

import engineio  # type: ignore[import-untyped]
import socketio  # type: ignore[import-untyped]
from engineio.exceptions import SocketIsClosedError  # type: ignore[import-untyped]

from carboy.live.limits import LARGEST_MESSAGE
from carboy.live.wire import Wire

_LOGS = {"logger": "carboy.live.socketio", "engineio_logger": "carboy.live.engineio"}


class Server(socketio.Server):  # type: ignore[misc]
    """The server of one process; `wires` is the set of its open sockets."""

    def __init__(self, wires: set[Wire]) -> None:
        for name in _LOGS.values():
            logging.getLogger(name).setLevel(logging.ERROR)  # else it tells of every packet
        super().__init__(
            async_mode="threading",
            transports=["websocket"],
            async_handlers=False,  # one thing after the other from one browser; a flood is no flood of threads
            cors_allowed_origins=[],  # who comes from where was looked at at the door, which nobody gets around
            max_http_buffer_size=LARGEST_MESSAGE,
            **{option: logging.getLogger(name) for option, name in _LOGS.items()},
        )
        self.eio._async = {**self.eio._async, "websocket": lambda handler, _: Wire(handler, wires)}  # noqa: SLF001

    def _engineio_server_class(self) -> type[Any]:
        return _Engine


class _Engine(engineio.Server):  # type: ignore[misc]
    def send_packet(self, sid: str, pkt: Any) -> None:
        with suppress(SocketIsClosedError):  # in this very moment; the next in the room is still to be told
            super().send_packet(sid, pkt)
