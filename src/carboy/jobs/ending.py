"""What came of a job. Each of these is said by whoever holds the newest lease, or not at all.

`record` is called in the transaction of what the handler wrote: both are kept, or neither.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from carboy.jobs.backoff import wait_after
from carboy.jobs.claiming import Claim, change_held, is_unwanted
from carboy.jobs.outcomes import Cancel, Done, Fail, Outcome, Snooze, as_timedelta
from carboy.jobs.table import LONGEST_NOTE, State, ended, storable

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# A job that takes its worker with it each time must not do so for ever. Those at its side lose as well; they rest apart
# from it, and that one of them is there each time becomes less likely with each.
MOST_LOSSES = 20
LONGEST_ERROR = 20_000
WIPED = "null"  # in place of arguments; those of a handler without any are {}

Values = dict[str, Any]


def record(
    session: "Session", claimed: Claim, outcome: Outcome, now: datetime, *, forget_arguments: bool = False
) -> State:
    """Say what the handler answered, and return the state that the job is in now."""
    wiped = {"arguments": WIPED} if forget_arguments else {}
    match outcome:
        case Done(result):
            said: Values = {"result": to_json(result, inf_nan_mode="null").decode(), "progress": 1.0, "error": None}
            return _say(session, claimed, said | wiped | ended(State.DONE, now))
        case Cancel(reason):
            noted = {"note": storable(reason)[:LONGEST_NOTE] or None}
            return _say(session, claimed, noted | wiped | ended(State.CANCELLED, now))
        case Fail(reason):
            told = storable(reason)
            said = {"error": told[-LONGEST_ERROR:], "note": told[:LONGEST_NOTE] or None}
            return _say(session, claimed, said | wiped | ended(State.FAILED, now))
        case Snooze(delay):
            return _say_back(session, claimed, now + as_timedelta(delay), now)


def fail(session: "Session", claimed: Claim, error: str, now: datetime, *, note: str = "") -> State:
    """Say what went wrong: it is tried again later, until its attempts are used up. `note` is for whoever asked."""
    failures = claimed.failures + 1
    said: Values = {"error": storable(error)[-LONGEST_ERROR:], "note": storable(note)[:LONGEST_NOTE] or None}
    said |= {"failures": failures}
    if failures >= claimed.attempts:
        return _say(session, claimed, said | ended(State.FAILED, now))
    return _say_back(session, claimed, now + wait_after(failures), now, **said)


def lose(session: "Session", claimed: Claim, error: str, now: datetime) -> State:
    """Say that it was cut off from outside: tried again later, and no failure of its own."""
    losses = claimed.losses + 1
    said: Values = {"losses": losses, "error": storable(error)[-LONGEST_ERROR:], "note": None}
    if losses >= MOST_LOSSES:
        return _say(session, claimed, said | ended(State.FAILED, now))
    return _say_back(session, claimed, now + wait_after(losses), now, **said)


def hand_back(session: "Session", claimed: Claim, now: datetime) -> State:
    """Let somebody else have it at once: the worker stops."""
    return _say_back(session, claimed, now, now)


def _say_back(session: "Session", claimed: Claim, due_at: datetime, now: datetime, **said: Any) -> State:
    """Put it back into its queue, or end it there if somebody has taken it back while it ran."""
    if is_unwanted(session, claimed):
        return _say(session, claimed, said | ended(State.CANCELLED, now))
    waits = {"state": State.QUEUED, "due_at": due_at, "look_at": due_at, "leased_by": None}
    return _say(session, claimed, said | waits)


def _say(session: "Session", claimed: Claim, values: Values) -> State:
    change_held(session, claimed, values)
    return State(values["state"])
