"""What users say of themselves, beside their names."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from carboy import accounts


def _known(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone that we know; it is such as Europe/Berlin or Asia/Seoul") from None
    return zone


TimeZone = Annotated[
    str, Field(max_length=64, description="Where they live.", examples=["Europe/Berlin"]), AfterValidator(_known)
]


class Profile(accounts.Profile):
    """What users say of themselves."""

    time_zone: TimeZone = "UTC"
