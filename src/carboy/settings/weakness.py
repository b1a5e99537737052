"""Whether a key can be guessed."""

import re

# In no key that was drawn at random; in most that were made up.
_MADE_UP = (
    "change",
    "secret",
    "example",
    "placeholder",
    "password",
    "insecure",
    "replace",
    "guess",
    "default",
    "qwerty",
)


def weakness(key: str) -> str | None:
    """Return what is wrong with a key, or None when nobody will guess it."""
    if any(word in key.lower() for word in _MADE_UP):
        return "looks made up, or left over from an example"
    if len(key.encode()) < 32:
        return "is too short: 32 bytes at the least"
    # 64 random hexadecimal digits are a good key, and often use only 14 or 15 of the 16 digits.
    needed = 10 if re.fullmatch(r"[0-9a-fA-F]{64,}", key) else 16
    if len(set(key)) < needed:
        return "is made of too few different characters"
    return None
