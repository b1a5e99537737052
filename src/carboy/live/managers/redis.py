"""Events through a stream of Redis, which keeps the last ten thousand: who was away for a moment reads on.

Where Redis cannot be told of an event, those in its room are told to ask for everything again once it can.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, partial
from importlib.util import find_spec
from typing import Any

from carboy.data import Database
from carboy.errors import SetupError
from carboy.live.event import RESYNC, Event
from carboy.live.managers import Ears
from carboy.live.managers.reading import Reader

log = logging.getLogger("carboy.live")

PATIENCE_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 1.0
_AGAIN_SECONDS = 1.0
_KEPT = 10_000


class RedisManager:
    """Adds to the stream, and reads what others add. Applications with different names do not meet."""

    def __init__(self, database: Database, url: str, name: str) -> None:
        if find_spec("redis") is None:
            raise SetupError(
                "LIVE_MANAGER is redis, and the package that talks to it is missing: pip install carboy[redis]"
            )
        self._database, self._url = database, url
        self._stream = f"carboy:live:{name}"
        self._owed: dict[str, None] = {}
        self._owing = threading.Lock()

    def send(self, event: Event) -> None:
        """Add it, once the transaction that is open here is kept."""
        self._database.after_commit(partial(self._add_or_owe, event))

    def listen(self, ears: Ears) -> Callable[[], None]:
        """Tell these of every event that is added from now on."""
        return Reader(_Stream(self._connect(_LONGEST_WAIT_SECONDS + 4), self._stream, ears)).start()

    def _add_or_owe(self, event: Event) -> None:
        with self._owing:
            if self._owed or not self._could_add(event):  # whoever is owed an event gets no later one before it
                self._owed[event.room] = None
                log.info("live event owed", extra={"room": event.room, "event_name": event.name})

    def _could_add(self, event: Event) -> bool:
        try:
            self._add(event)
        except Exception:
            log.warning("Redis cannot be told of live events; those who listen are told later", exc_info=True)
            threading.Thread(target=self._pay, name="carboy-live-owing", daemon=True).start()
            return False
        return True

    def _pay(self) -> None:
        pause = threading.Event()
        while not pause.wait(_AGAIN_SECONDS):
            with self._owing, suppress(Exception):  # it has been said, and is tried again
                for room in list(self._owed):
                    self._add(Event(room, RESYNC))
                    del self._owed[room]
                return

    def _add(self, event: Event) -> None:
        self._redis.xadd(self._stream, {"message": event.written()}, maxlen=_KEPT, approximate=True)

    @cached_property
    def _redis(self) -> Any:
        return self._connect(PATIENCE_SECONDS)

    def _connect(self, patience: float) -> Any:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        # No second try: whether the first one arrived nobody knows, and an event that arrives twice was not promised.
        return Redis.from_url(
            self._url, socket_timeout=patience, socket_connect_timeout=PATIENCE_SECONDS, retry=Retry(NoBackoff(), 0)
        )


class _Stream:
    """What is added to the stream."""

    def __init__(self, redis: Any, stream: str, ears: Ears) -> None:
        self._redis, self._stream, self._ears = redis, stream, ears
        self._last: bytes | None = None

    def read(self) -> None:
        if self._last is None:
            self._last = self._newest()
        wait = int(_LONGEST_WAIT_SECONDS * 1000)
        for _, entries in self._redis.xread({self._stream: self._last}, block=wait) or ():
            for number, fields in entries:
                self._last = number
                self._ears.hear(Event.read(fields[b"message"]))

    def came_back(self) -> None:
        # It may have lost what it had, and others may have failed to tell it. Reloading makes good for both.
        self._last = self._newest()
        self._ears.gap()

    def _newest(self) -> bytes:
        found = self._redis.xrevrange(self._stream, count=1)
        return found[0][0] if found else b"0-0"
