"""One job from its claim to its end. Reads from top to bottom as what happens to it."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

from carboy import context
from carboy.data.faults import DatabaseBusy
from carboy.data.scope import CommitUnknown
from carboy.errors import CarboyError
from carboy.jobs import arguments, ending
from carboy.jobs.changes import Change
from carboy.jobs.outcomes import Cancel, outcome_of
from carboy.jobs.running import Running
from carboy.jobs.stops import Cancelled, LostLease
from carboy.jobs.table import State
from carboy.jobs.telling import told_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from carboy.jobs.claiming import Claim
    from carboy.jobs.declaring import Handler
    from carboy.jobs.room import Jobs

log = logging.getLogger("carboy.jobs")

# While the database is away, what came of a job waits; longer than a lease it need not.
_PATIENCE = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)

_OF_THE_DATABASE = (DatabaseBusy, CommitUnknown)

_Ending = Callable[["Session"], State]


def perform(jobs: "Jobs", claimed: "Claim", running: Running) -> Change | None:
    """Run the handler and keep what came of it. Return the step that was made, None if the job is not ours any more."""
    with context.working_for(claimed.request_id, claimed.asked_by):
        try:
            ended, why = _attempt(jobs, claimed, running)
            return change_of(claimed, ended, running.seconds, why=why)
        except LostLease as error:
            not_ours(claimed, error)
            return None
        except Cancelled as stopped:
            outcome = Cancel(stopped.detail)
            kept = keep(jobs, claimed, lambda session: ending.record(session, claimed, outcome, jobs.clock()))
            return change_of(claimed, kept, running.seconds, why=stopped.detail)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is kept with the job)
            told = told_of(error, confidential=_is_confidential(jobs, claimed))
            kept = keep(jobs, claimed, partial(_fail, jobs, claimed, error=error, told=told.text))
            return change_of(claimed, kept, running.seconds, why=told.sentence, error=told.error)


def _attempt(jobs: "Jobs", claimed: "Claim", running: Running) -> tuple[State, str]:
    """Call the handler; what it writes is kept together with the news that it is done, or not at all."""
    handler = jobs.handlers[claimed.handler]
    given = arguments.read(handler, claimed.arguments, claimed.version)
    with jobs.around(), _one_transaction(jobs, handler):
        outcome = outcome_of(_call(handler, given | _seams(jobs, handler, running)))
        with jobs.database.transaction() as session:
            state = ending.record(session, claimed, outcome, jobs.clock(), forget_arguments=handler.confidential)
    return state, getattr(outcome, "reason", "")


def _call(handler: "Handler", given: dict[str, Any]) -> Any:
    # In a context of its own: a scope that it leaves open must not hinder what is said of it afterwards.
    try:
        return copy_context().run(partial(handler.function, **given))
    except Exception:
        raise
    except BaseException as error:  # sys.exit(), a task of asyncio that was cancelled: they must not end the worker
        raise CarboyError(f"The handler raised {error!r}, which ends the job and not its worker.") from error


def _one_transaction(jobs: "Jobs", handler: "Handler") -> AbstractContextManager[None]:
    return jobs.database.as_one() if handler.atomic else nullcontext()


def _seams(jobs: "Jobs", handler: "Handler", running: Running) -> dict[str, Any]:
    there = {"db": jobs.database, "jobs": jobs, "job": running, **jobs.seams}
    return {name: there[name] for name in handler.seams}


def _is_confidential(jobs: "Jobs", claimed: "Claim") -> bool:
    return jobs.handlers[claimed.handler].confidential


def _fail(jobs: "Jobs", claimed: "Claim", session: "Session", *, error: Exception, told: str) -> State:
    if isinstance(error, _OF_THE_DATABASE):  # a database that was restarted is no fault of the handler's
        return ending.lose(session, claimed, told, jobs.clock())
    note = error.public_detail if isinstance(error, CarboyError) else ""
    return ending.fail(session, claimed, told, jobs.clock(), note=note)


def keep(jobs: "Jobs", claimed: "Claim", say: _Ending) -> State | None:
    """Keep what came of a job, also when the database is away for a moment. None if the job is not ours any more."""
    for wait in (*_PATIENCE, None):
        try:
            with jobs.database.transaction() as session:
                return say(session)
        except LostLease as error:
            not_ours(claimed, error)
            return None
        except _OF_THE_DATABASE as error:  # the lease tells whether it was stored
            if wait is None:
                not_ours(claimed, error)
                return None
            time.sleep(wait)
    return None


def change_of(
    claimed: "Claim", state: State | None, seconds: float, *, why: str = "", error: Exception | None = None
) -> Change | None:
    """Return the step from running to what the job is now, None if it is not ours any more."""
    if state is None:
        return None
    return Change.of(claimed, State.RUNNING, state, seconds=seconds, why=why, error=error)


def not_ours(claimed: "Claim", error: Exception) -> None:
    """Write down that what was done under a lease is undone."""
    log.warning("job lost", extra={"job": claimed.handler, "job_id": str(claimed.id), "why": str(error)})
