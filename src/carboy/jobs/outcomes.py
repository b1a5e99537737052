"""What a handler answers with. A plain value means that it is done; an exception means: try again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

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
