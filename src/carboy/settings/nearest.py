"""Guessing what was meant."""

from collections.abc import Collection


def nearest(word: str, known: Collection[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known word that this one was probably meant to be, or None."""
    longer = [name for name in known if len(word) > 2 and name.lower().startswith(word.lower())]
    if len(longer) == 1:
        return longer[0]
    from difflib import get_close_matches

    by_lower_case = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), by_lower_case, n=1, cutoff=cutoff)
    return by_lower_case[near[0]] if near else None


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return " Did you mean X?" where a known word is near, else nothing."""
    near = nearest(word, known)
    return f" Did you mean {near}?" if near else ""
