"""How long to wait before trying again: longer each time, and not all at the same moment."""

import random
from datetime import timedelta

FIRST = timedelta(seconds=5)
LONGEST = timedelta(hours=1)
_ENOUGH_DOUBLINGS = 30  # beyond, only the number would grow


def wait_after(failures: int) -> timedelta:
    """Return how long a job rests after so many failures: 5 s, 10 s, 20 s … an hour, each shortened by up to half."""
    doublings: int = 2 ** min(failures - 1, _ENOUGH_DOUBLINGS)
    return min(FIRST * doublings, LONGEST) * random.uniform(0.5, 1)  # noqa: S311  (nobody gains by guessing it)
