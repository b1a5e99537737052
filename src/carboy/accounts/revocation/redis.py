"""Revoked tokens in Redis, which forgets each by itself once it has ended.

Beside them lies the epoch: the moment since which Redis has forgotten none. When it is gone, Redis has lost its data
(flushed, evicted, started empty): it is set anew, and every token issued before is refused.
"""

import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.util import find_spec
from typing import Any, ClassVar

from carboy.accounts.revocation import KEPT_BEYOND, RevocationUnavailable, store_failed
from carboy.context import utc_now
from carboy.errors import SetupError

log = logging.getLogger("carboy.accounts")

PATIENCE_SECONDS = 0.25

_TICK = timedelta(microseconds=1)

# EXPIRE … GT would do from Redis 7 on; this does everywhere. What has no end (-1) keeps having none.
_PROLONG = """
for _, key in ipairs(KEYS) do
  local left = redis.call('TTL', key)
  if left ~= -1 and left < tonumber(ARGV[1]) then redis.call('SET', key, 1, 'EX', ARGV[1]) end
end
"""

# Several processes see at once that it is gone: the latest moment stands. Texts of one form sort like their moments.
_BEGIN = """
local begun = redis.call('GET', KEYS[1])
if begun and begun >= ARGV[1] then return begun end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
"""


def open_store(*, redis_url: str | None, prefix: str = "", **_others: object) -> "RedisStore":
    """Open the store at this address. It connects when it is first used."""
    if redis_url is None:
        raise SetupError("BLACKLIST_STORAGE_TYPE is redis, so REDIS_URL must be set.")
    if find_spec("redis") is None:
        raise SetupError(
            "BLACKLIST_STORAGE_TYPE is redis, and the package that talks to Redis is missing: pip install carboy[redis]"
        )
    return RedisStore(redis_url, prefix)


class RedisStore:
    """What was revoked, for all processes on all machines. Touches no key but its own."""

    revoked: ClassVar[None] = None  # only a database can say so in the same statement

    def __init__(self, url: str, prefix: str = "", *, patience: float = PATIENCE_SECONDS) -> None:
        self._url = url
        self._patience = patience
        self._keys = f"{prefix}:carboy:revoked:" if prefix else "carboy:revoked:"
        self._newest = datetime.min.replace(tzinfo=UTC)
        self._policy_is_known = False

    def revoke(self, keys: Sequence[str], until: datetime, reason: str = "") -> None:  # noqa: ARG002
        """Have tokens with these keys count no more."""
        left = max(until - utc_now(), timedelta()) + KEPT_BEYOND
        with _refusing_on_failure():
            self._redis.eval(_PROLONG, len(keys), *map(self._named, keys), math.ceil(left.total_seconds()))

    def is_revoked(self, keys: Sequence[str], issued_at: datetime) -> bool:
        """Tell whether one of these keys is revoked, or the token is older than what Redis knows."""
        self._newest = max(self._newest, issued_at)
        with _refusing_on_failure():
            epoch, *found = self._redis.mget(self._named("epoch"), *map(self._named, keys))
            return issued_at < _moment(epoch or self._begin()) or any(entry is not None for entry in found)

    def purge(self, now: datetime | None = None) -> int:  # noqa: ARG002
        """Do nothing: Redis forgets by itself."""
        return 0

    def check(self) -> None:
        """Reach Redis, or raise. Where it may evict keys, the log says so once."""
        self.is_revoked((), utc_now())
        if not self._policy_is_known:
            self._policy_is_known = True
            self._warn_of_eviction()

    @cached_property
    def _redis(self) -> Any:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        # No second try: a request that waits holds a thread that others need. A connection that Redis has closed
        # meanwhile is no failure; the pool sees that and opens another.
        return Redis.from_url(
            self._url,
            socket_timeout=self._patience,
            socket_connect_timeout=self._patience,
            retry=Retry(NoBackoff(), 0),
        )

    def _named(self, key: str) -> str:
        return self._keys + key

    def _begin(self) -> bytes:
        # The clocks of hosts differ, and a token that was revoked must be older than the epoch by whichever clock it
        # was issued. So it is the latest of three: ours, Redis's, and the newest token that was ever shown to us.
        seconds, microseconds = self._redis.time()
        theirs = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)
        epoch = max(utc_now(), theirs, self._newest + _TICK).isoformat(timespec="microseconds")
        log.warning(
            "Redis has no list of revoked tokens; it is new, or has lost its data. Tokens from before %s are refused.",
            epoch,
        )
        begun: bytes = self._redis.eval(_BEGIN, 1, self._named("epoch"), epoch)
        return begun

    def _warn_of_eviction(self) -> None:
        from redis import RedisError

        with suppress(RedisError):  # a user of Redis need not be allowed to ask
            policy = self._redis.info("memory").get("maxmemory_policy", "noeviction")
            if policy != "noeviction":
                log.warning(
                    "Redis evicts keys when its memory is full (maxmemory-policy %s), and a revoked token whose key is"
                    " evicted counts again. Set maxmemory-policy to noeviction.",
                    policy,
                )


def _moment(text: bytes) -> datetime:
    moment = datetime.fromisoformat(text.decode())
    if moment.tzinfo is None:
        raise ValueError(f"the epoch {text!r} does not say in which zone it is")
    return moment


@contextmanager
def _refusing_on_failure() -> Iterator[None]:
    from redis import RedisError

    try:
        yield
    except (RedisError, OSError, ValueError) as error:
        store_failed.send()
        raise RevocationUnavailable(
            f"Redis cannot say which tokens are revoked. Start it, or mend REDIS_URL: {error}"
        ) from error
