"""`@every`, `@daily`, `@cron`: notes on a job that it is to be asked for by the clock.

    @daily(at="03:00", tz="Europe/Berlin")
    @job
    def send_report(*, db: Database) -> None: ...

A timing knows one thing: the next moment after a given one. Whoever computes it gets the same, so nobody keeps it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal, Protocol, TypeVar, get_args

from carboy.context import utc_now
from carboy.errors import SetupError
from carboy.jobs.declaring import Handler
from carboy.jobs.outcomes import as_timedelta
from carboy.jobs.table import LONGEST_KEY, LONGEST_TIMING

Missed = Literal["once", "skip"]
Function = TypeVar("Function", bound=Callable[..., Any])

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=366)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = 5
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class Declare(Protocol):
    """What a declaration returns: it leaves its note on a function."""

    def __call__(self, function: Function, /) -> Function:
        """Return the same function."""


class Timing(Protocol):
    """When something is due, again and again; its text is what stands in the row."""

    def after(self, moment: datetime) -> datetime:
        """Return the first moment that is later than this one."""


@dataclass(frozen=True, slots=True)
class Every:
    """A grid of moments that begins with 1970."""

    interval: timedelta

    def __str__(self) -> str:
        return f"every {self.interval}".removesuffix(", 0:00:00")

    def after(self, moment: datetime) -> datetime:
        """Return the first moment that is later than this one."""
        return _EPOCH + ((moment - _EPOCH) // self.interval + 1) * self.interval


@dataclass(frozen=True, slots=True)
class Cron:
    """The moments of a cron expression, by the clocks of a time zone."""

    expression: str
    tz: str

    def __str__(self) -> str:
        return f"{self.expression} {self.tz}"

    def after(self, moment: datetime) -> datetime:
        """Return the first moment that is later than this one."""
        from cronsim import CronSim, CronSimError

        moments = (local.astimezone(UTC) for local in CronSim(self.expression, moment.astimezone(zone(self.tz))))
        # In the hour that comes twice, clocks show again what was due in its first round.
        if (later := next((found for found in moments if found > moment), None)) is None:
            raise CronSimError("it never happens")
        return later


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that is asked for by the clock."""

    handler: Handler
    timing: Timing
    missed: Missed

    @property
    def id(self) -> tuple[str, str]:
        """What its row is found by."""
        return self.handler.name, str(self.timing)

    @property
    def key(self) -> str:
        """What its jobs have in common: while one of them waits or runs, no other is added."""
        return f"schedule:{self.handler.name}:{self.timing}"


def every(interval: timedelta | float, *, missed: Missed = "once") -> Declare:
    """Have a job asked for at regular intervals (a number is seconds), counted from 1970 in UTC."""
    span = as_timedelta(interval)
    if not SHORTEST <= span <= LONGEST:
        raise SetupError(f"@every({interval!r}) is too short or too long. Say a second to {LONGEST.days} days.")
    return _declared(Every(span), missed)


def daily(*, at: str, tz: str = "UTC", missed: Missed = "once") -> Declare:
    """Have a job asked for each day, when the clocks of this time zone show this time: `at="03:00"`."""
    if (match := _CLOCK.fullmatch(at)) is None:
        raise SetupError(f'@daily(at={at!r}) is no time of day. Say hours and minutes, from "00:00" to "23:59".')
    zone(tz)
    return _declared(Cron(f"{int(match[2])} {int(match[1])} * * *", tz), missed)


def cron(expression: str, *, tz: str = "UTC", missed: Missed = "once") -> Declare:
    """Have a job asked for as a line of cron says, by the clocks of this time zone: `@cron("30 6 * * MON-FRI")`."""
    timing = Cron(" ".join(expression.upper().split()), tz)
    zone(tz)
    _check(timing)
    return _declared(timing, missed)


def schedules_of(handler: Handler) -> Mapping[tuple[str, str], Schedule]:
    """Return what was declared of a job, by the ids of the rows."""
    declared = getattr(handler.function, "carboy_schedules", ())
    schedules = [Schedule(handler, timing, missed) for timing, missed in declared]
    for schedule in schedules:
        _refuse_what_cannot_be_asked_for(schedule)
    return {schedule.id: schedule for schedule in schedules}


def zone(tz: str) -> tzinfo:
    """Return the time zone of this name."""
    if tz == "UTC":  # known to everybody; the others need a table of the world
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(tz)
    except (KeyError, ValueError, OSError):
        raise SetupError(
            f"The time zone {tz!r} is not known here. Say a name such as Europe/Berlin; if it is one,"
            " this system has no table of time zones: pip install tzdata."
        ) from None


def _check(timing: Cron) -> None:
    from cronsim import CronSimError

    try:
        if len(timing.expression.split()) != _FIELDS:
            raise CronSimError("it has not five fields")
        timing.after(utc_now())
    except CronSimError as error:
        raise SetupError(
            f"@cron({timing.expression!r}) cannot be kept: {error}."
            ' Say minute, hour, day of month, month and day of week, as in "30 6 * * MON-FRI".'
        ) from None


def _declared(timing: Timing, missed: Missed) -> Declare:
    if missed not in get_args(Missed):
        raise SetupError(f'missed={missed!r} is neither "once" nor "skip". Say one of them.')
    if len(str(timing)) > LONGEST_TIMING:
        raise SetupError(f"The timing {timing} has more than {LONGEST_TIMING} characters. Say it with several.")

    def note(function: Function) -> Function:
        function.carboy_schedules = (*getattr(function, "carboy_schedules", ()), (timing, missed))  # type: ignore[attr-defined]
        return function

    return note


def _refuse_what_cannot_be_asked_for(schedule: Schedule) -> None:
    handler = schedule.handler
    if needed := [one.name for one in handler.arguments if one.default is one.empty]:
        raise SetupError(
            f"The job {handler.name} is scheduled ({schedule.timing}), and nobody is there to say {', '.join(needed)}."
            " Give them defaults, or schedule a job without arguments that enqueues this one."
        )
    if len(schedule.key) > LONGEST_KEY:
        raise SetupError(f"The name of the scheduled job {handler.name} is too long. Give it a shorter one: name=.")
