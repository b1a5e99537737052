"""Tokens that count no more before their own end: by `jti:<uuid>` a single one, by `sid:<uuid>` all of a session.

memory    this process alone, for development and tests
redis     all processes on all machines
database  the same, in the transaction of the work; nothing more to run

What cannot be looked up counts as revoked. Each kind is a module that needs neither of the other two. Knows no Flask.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, cast

from blinker import signal

from carboy.errors import Busy, SetupError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

    from carboy.data import Database

# The clocks of hosts differ: one that is behind still takes a token that has ended by the clock of another.
KEPT_BEYOND = timedelta(seconds=60)

store_failed = signal("carboy.revocation-store-failed")  # that others share; nobody was believed meanwhile

_MODULES = {kind: f"{__name__}.{kind}" for kind in ("memory", "redis", "database")}


class RevocationUnavailable(Busy):
    """Nobody can say just now whether your token still counts, so it was not taken. Trying again is safe."""

    code: ClassVar[str] = "revocation-unavailable"
    title: ClassVar[str] = "We cannot check your token just now"
    advice: ClassVar[str] = "Send the same again after as many seconds as the answer's Retry-After header says."

    def __init__(self, detail: str = "", *, retry_after: int = 5) -> None:
        super().__init__(detail, retry_after=retry_after)


class RevocationStore(Protocol):
    """Where revoked tokens are written down."""

    @property
    def revoked(self) -> "Callable[..., ColumnElement[bool]] | None":
        """What makes the condition that a key is revoked, where one statement can ask that beside the sign-in."""

    def revoke(self, keys: Sequence[str], until: datetime, reason: str = "") -> None:
        """Have tokens with these keys count no more. `until` is their own end; an entry is never shortened."""

    def is_revoked(self, keys: Sequence[str], issued_at: datetime) -> bool:
        """Tell whether one of these keys is revoked, or the token is older than what is known here."""

    def purge(self, now: datetime | None = None) -> int:
        """Forget the tokens that have ended by themselves, and return how many keys there were."""

    def check(self) -> None:
        """Reach the store, or raise."""


def choose(
    kind: Literal["memory", "redis", "database"], *, database: "Database", redis_url: str | None, prefix: str = ""
) -> RevocationStore:
    """Open the store of this kind. In Redis, applications with different prefixes do not meet."""
    if kind not in _MODULES:
        raise SetupError(f"BLACKLIST_STORAGE_TYPE is {kind!r}, and must be one of {', '.join(_MODULES)}.")
    try:
        module = import_module(_MODULES[kind])
    except ModuleNotFoundError as error:
        raise SetupError(
            f"BLACKLIST_STORAGE_TYPE is {kind}, and {error.name} is not there. Put it back, or choose another kind."
        ) from error
    return cast("RevocationStore", module.open_store(database=database, redis_url=redis_url, prefix=prefix))
