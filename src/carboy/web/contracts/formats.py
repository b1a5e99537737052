"""Formats of text that are narrower here than their standard: what fits is what Python and every database can hold.

RFC 3339 knows a year 0000 and a leap second, and `datetime` does not; and a moment must be in its years in UTC as well.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"


def _held_by(form: str, read: Callable[[str], object]) -> Callable[[str], bool]:
    shape = re.compile(form)

    def fits(text: str) -> bool:
        if not shape.fullmatch(text):
            return False
        try:
            read(text.upper())
        except (ValueError, OverflowError):
            return False
        return True

    return fits


FORMATS = {
    "date": _held_by(_DATE, date.fromisoformat),
    "date-time": _held_by(f"{_DATE}[Tt]{_TIME}", lambda text: datetime.fromisoformat(text).astimezone(UTC)),
    "time": _held_by(_TIME, time.fromisoformat),
}
