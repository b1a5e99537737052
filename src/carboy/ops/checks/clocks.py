"""How far two clocks may be apart, and what to do about it: tokens and leases go by them."""

from collections.abc import Iterator
from datetime import timedelta

LARGEST_SKEW = timedelta(seconds=2)
FOLLOW_TIME = "Let both machines follow a time server: timedatectl set-ntp true."


def skewed(whose: str, ahead: timedelta) -> Iterator[str]:
    """Say that their clock is not this machine's, if it is too far off."""
    if abs(ahead) > LARGEST_SKEW:
        side = "ahead of" if ahead > timedelta(0) else "behind"
        yield f"{whose} clock is {abs(ahead).total_seconds():.0f} seconds {side} this machine's."
