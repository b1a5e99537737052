"""Browsers that an account has signed in from: others may guess its password as often as they like without shutting it.

A cookie says so, signed, and good for one account. Whoever steals it has ten guesses a day.
"""

from collections.abc import Sequence
from functools import cached_property
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from itsdangerous import URLSafeSerializer

_SALT = "carboy: known devices"
LONGEST = 256


class Devices:
    """Signs and reads the cookies of known devices."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys  # the newest first

    def remember(self, user_id: UUID) -> str:
        """Return a cookie for a device that this user has just signed in on."""
        return str(self._serializer.dumps([user_id.hex, token_urlsafe(16)]))

    def name_of(self, cookie: str, user_id: UUID | None) -> str:
        """Return the name of the device, empty if it is none that this user is known on."""
        from itsdangerous import BadData

        if not cookie or user_id is None or len(cookie) > LONGEST:
            return ""
        try:
            owner, name = self._serializer.loads(cookie)
        except (BadData, ValueError, TypeError):
            return ""
        return str(name) if owner == user_id.hex else ""

    @cached_property
    def _serializer(self) -> "URLSafeSerializer":
        import hashlib

        from itsdangerous import URLSafeSerializer

        return URLSafeSerializer(
            list(reversed(self._keys)), salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256}
        )
