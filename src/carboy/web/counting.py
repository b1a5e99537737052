"""Who has asked, or been wrong, too often. It counts names, wherever they come from, and knows no Flask.

With REDIS_URL all processes count together. While Redis is away, what is strict is counted in this process: whoever
guesses is still told 429, and nobody gets a 500.
"""

import ipaddress
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

from carboy import context
from carboy.errors import Throttled
from carboy.web.windows import Memory, Rate, Redis, Windows, rates

if TYPE_CHECKING:
    from carboy.settings import Settings

log = logging.getLogger("carboy.web")

Answer = TypeVar("Answer")

GUESSES = "60/minute"  # of wrong credentials, where the API has no limit
PATIENCE_SECONDS = 0.5
REST_SECONDS = 5  # after a failure Redis is left alone for so long: else every request would wait for it
SILENCE_SECONDS = 60


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
        """Count a request, or refuse it."""
        refuse_if(self.take(rate, caller, strict=strict), rate)

    def take(self, rate: Rate, caller: str, *, strict: bool) -> float:
        """Count one more and return 0, or return the seconds until there is room.

        While Redis is away, what is `strict` is counted here, and for all else there is room.
        """
        return self._answer_of(lambda windows: windows.take(rate, caller), strict=strict)

    def wait(self, rate: Rate, caller: str, *, strict: bool) -> float:
        """Return the seconds until there is room, and count nothing."""
        return self._answer_of(lambda windows: windows.wait(rate, caller), strict=strict)

    def clear(self, rate: Rate, caller: str) -> None:
        """Forget what was counted, here as well: while Redis was away, it was here."""
        self.own.clear(rate, caller)
        self._of_all_processes(lambda windows: windows.clear(rate, caller))

    def _answer_of(self, ask: Callable[[Windows], float], *, strict: bool) -> float:
        answer = self._of_all_processes(ask)
        if answer is None:
            return ask(self.own) if strict else 0
        return answer

    def _of_all_processes(self, ask: Callable[[Windows], Answer]) -> Answer | None:
        """Ask the windows that all processes share; None while they are away."""
        if self._outage.is_fresh():
            return None
        try:
            return ask(self._shared)
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


@dataclass(frozen=True)
class Budget:
    """How often something may go wrong for one name, in several windows at once."""

    throttle: Throttle
    scope: str
    rates: tuple[Rate, ...]
    strict: bool = True

    def spend(self, name: str) -> None:
        """Count one, or raise Throttled. What is turned away is counted in no window."""
        self.refuse_if_spent(name)
        caller = self._caller(name)
        # Somebody else may have taken the last place since; the shortest window then says so to most.
        for rate in sorted(self.rates):
            self._refuse_if(self.throttle.take(rate, caller, strict=self.strict), rate)

    def refuse_if_spent(self, name: str) -> None:
        """Raise Throttled if there is no room. Counts nothing."""
        caller = self._caller(name)
        for rate in sorted(self.rates):
            self._refuse_if(self.throttle.wait(rate, caller, strict=self.strict), rate)

    def note(self, name: str) -> None:
        """Count one, whether there is room or not."""
        caller = self._caller(name)
        for rate in self.rates:
            self.throttle.take(rate, caller, strict=self.strict)

    def clear(self, name: str) -> None:
        """Forget what was counted for this name."""
        caller = self._caller(name)
        for rate in self.rates:
            self.throttle.clear(rate, caller)

    def _caller(self, name: str) -> str:
        return self.throttle.caller(self.scope, name)

    def _refuse_if(self, wait: float, rate: Rate) -> None:
        if wait:
            said = {"event_name": "ratelimit.hit", "scope": self.scope, "asked_by": context.asker() or None}
            log.info("too often: %s", self.scope, extra=said)
        refuse_if(wait, rate)


def refuse_if(wait: float, rate: Rate) -> None:
    """Refuse a request that has to wait: for whole seconds, at least one and no longer than the window."""
    if wait:
        seconds = min(max(math.ceil(wait), 1), rate.seconds)
        raise Throttled(f"Ask again in {seconds} s.", retry_after=seconds)


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return whose address this is: of IPv6 the network, since anybody has 2**64 addresses there."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False))
