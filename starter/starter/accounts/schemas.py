"""What users say of themselves, beside their names."""

from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from carboy import accounts
from pydantic import AfterValidator, Field


@cache
def time_zones() -> list[str]:
    """Return the names of places by which time zones are called."""
    return sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))


def _known(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("Must be a time zone, such as Europe/Berlin or Asia/Seoul.") from None
    return zone


TimeZone = Annotated[
    str, Field(max_length=64, description="Where they live.", examples=["Europe/Berlin"]), AfterValidator(_known)
]


class Profile(accounts.Profile):
    """What users say of themselves."""

    time_zone: TimeZone = "UTC"
