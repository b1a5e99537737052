"""What came of a job. Each of these is said by whoever holds the newest lease, or not at all.

`finish` is called in the transaction of what the handler wrote: both are kept, or neither.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json
from sqlalchemy import select, update

from carboy.jobs.backoff import wait_after
from carboy.jobs.claiming import Claim, holds
from carboy.jobs.outcomes import Cancel, Done, Fail, Outcome, Snooze, as_timedelta
from carboy.jobs.stops import LostLease
from carboy.jobs.table import JOBS, State

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MOST_LOSSES = 10  # a job that takes its worker with it each time must not do so for ever
LONGEST_ERROR = 20_000
LONGEST_NOTE = 200

Values = dict[str, Any]


def record(
    session: "Session", claimed: Claim, outcome: Outcome, now: datetime, *, forget_arguments: bool = False
) -> State:
    """Say what the handler answered, and return the state that the job is in now."""
    match outcome:
        case Done(result):
            ended: Values = {"result": to_json(result, inf_nan_mode="null").decode(), "progress": 1.0, "error": None}
            ended |= {"arguments": "{}"} if forget_arguments else {}
            return _say(session, claimed, ended | _over(State.DONE, now))
        case Cancel(reason):
            return _say(
                session, claimed, {"note": storable(reason)[:LONGEST_NOTE] or None} | _over(State.CANCELLED, now)
            )
        case Fail(reason):
            told = storable(reason)
            said: Values = {"error": told[-LONGEST_ERROR:], "note": told[:LONGEST_NOTE] or None}
            return _say(session, claimed, said | _over(State.FAILED, now))
        case Snooze(delay):
            return _say_back(session, claimed, now + as_timedelta(delay), now)


def fail(session: "Session", claimed: Claim, error: str, now: datetime, *, note: str = "") -> State:
    """Say what went wrong: it is tried again later, until its attempts are used up. `note` is for whoever asked."""
    failures = claimed.failures + 1
    said: Values = {"error": storable(error)[-LONGEST_ERROR:], "note": storable(note)[:LONGEST_NOTE] or None}
    said |= {"failures": failures}
    if failures >= claimed.attempts:
        return _say(session, claimed, said | _over(State.FAILED, now))
    return _say_back(session, claimed, now + wait_after(failures), now, **said)


def lose(session: "Session", claimed: Claim, error: str, now: datetime) -> State:
    """Say that it was cut off from outside: tried again later, and no failure of its own."""
    losses = claimed.losses + 1
    said: Values = {"losses": losses, "error": storable(error)[-LONGEST_ERROR:], "note": None}
    if losses >= MOST_LOSSES:
        return _say(session, claimed, said | _over(State.FAILED, now))
    return _say_back(session, claimed, now + wait_after(losses), now, **said)


def hand_back(session: "Session", claimed: Claim, now: datetime) -> State:
    """Let somebody else have it at once: the worker stops."""
    return _say_back(session, claimed, now, now)


def storable(text: str) -> str:
    """Return the text as every database takes it: names of files may hold what is no character at all."""
    return text.replace("\0", "\\0").encode(errors="backslashreplace").decode()


def _over(state: State, now: datetime) -> Values:
    return {"state": state, "key": None, "finished_at": now, "look_at": now, "leased_by": None}


def _say_back(session: "Session", claimed: Claim, due_at: datetime, now: datetime, **said: Any) -> State:
    """Put it back into its queue, or end it there if somebody has taken it back while it ran."""
    if session.scalar(select(JOBS.c.unwanted).where(holds(claimed)).with_for_update()):
        return _say(session, claimed, said | _over(State.CANCELLED, now))
    waits = {"state": State.QUEUED, "due_at": due_at, "look_at": due_at, "leased_by": None}
    return _say(session, claimed, said | waits)


def _say(session: "Session", claimed: Claim, values: Values) -> State:
    said = session.execute(update(JOBS).where(holds(claimed)).values(values))
    if said.rowcount != 1:  # type: ignore[attr-defined]
        raise LostLease(f"The lease of job {claimed.id} is over, and what was done under it is undone.")
    return State(values["state"])
