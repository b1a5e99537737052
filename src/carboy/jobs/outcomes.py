"""What a handler answers with. A plain value means that it is done; an exception means: try again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from carboy.errors import SetupError

Delay = timedelta | float  # seconds, where it is a number


@dataclass(frozen=True, slots=True)
class Done:
    """It is done; its owner may see the result."""

    result: Any = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """There is nothing to do any more, and that is no failure."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fail:
    """It cannot be done, and no further try would help."""

    reason: str


@dataclass(frozen=True, slots=True)
class Snooze:
    """It cannot be done yet; look again after this delay. No failure, and no attempt used up."""

    delay: Delay


Outcome = Done | Cancel | Fail | Snooze


def outcome_of(answer: Any) -> Outcome:
    """Return what a handler's answer means."""
    return answer if isinstance(answer, Outcome) else Done(answer)


def as_timedelta(delay: Delay) -> timedelta:
    """Return the delay as a timedelta, whichever way it was said."""
    return delay if isinstance(delay, timedelta) else timedelta(seconds=delay)


def moment_of(at: datetime | None, delay: Delay | None, now: datetime) -> datetime:
    """Return when something is due of which one or the other was said; what is over is now, and overtakes nobody."""
    if at is not None and delay is not None:
        raise SetupError("A job was asked for with both at= and delay=. Say one of them.")
    if at is not None and at.tzinfo is None:
        raise SetupError(f"A job was asked for at {at}, without a time zone. Say datetime(…, tzinfo=UTC).")
    return max(now, at or now + as_timedelta(delay or 0))
