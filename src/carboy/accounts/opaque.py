"""Tokens that mean nothing by themselves: 256 random bits, of which we keep a digest.

So many bits guard one round of SHA-256 as well as any slow hash, and looking up a digest tells nobody's watch anything.
"""

import hashlib
from secrets import token_urlsafe

SESSION, UPDATE, BROWSER = "st_", "ut_", "bt_"  # prefixes that scanners for leaked secrets can find


def draw(prefix: str = "") -> str:
    """Return a new token."""
    return prefix + token_urlsafe(32)


def digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
