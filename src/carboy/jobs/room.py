"""`Jobs`: one application's queue, its handlers, and who is told. No web framework in sight.

jobs = Jobs(database)
jobs.register(export)
with database.transaction():
    jobs.enqueue(export, list_id)
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from carboy import context
from carboy.errors import SetupError
from carboy.jobs import arguments
from carboy.jobs.changes import Change, Counters, send, tell
from carboy.jobs.clock import DatabaseClock
from carboy.jobs.declaring import LARGEST_PRIORITY, SMALLEST_PRIORITY, Handler, handler_of
from carboy.jobs.engines import Engine, Local
from carboy.jobs.outcomes import Delay, moment_of
from carboy.jobs.schedules import Schedule, schedules_of
from carboy.jobs.table import JOBS, LONGEST_ASKER, LONGEST_KEY, State, storable

if TYPE_CHECKING:
    from sqlalchemy import Row

    from carboy.data import Database

OWN_SEAMS = ("db", "job", "jobs")


@dataclass(frozen=True)
class Jobs:
    """What the jobs room owns of one application."""

    database: "Database"
    engine: Engine = field(default_factory=Local)
    clock: Callable[[], datetime] = None  # type: ignore[assignment]  # the database's, if it is not said
    around: Callable[[], AbstractContextManager[Any]] = nullcontext  # what a handler runs inside of
    factory: str = ""  # module:function that makes the application anew, for a process of its own
    handlers: dict[str, Handler] = field(default_factory=dict)
    schedules: dict[tuple[str, str], Schedule] = field(default_factory=dict)  # by handler and timing
    seams: dict[str, Any] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)

    def __post_init__(self) -> None:
        if self.clock is None:
            object.__setattr__(self, "clock", DatabaseClock(self.database))

    # -- asking ------------------------------------------------------------------------------------------

    def enqueue(
        self,
        function: Callable[..., Any],
        /,
        *given: Any,
        key: str | None = None,
        at: datetime | None = None,
        delay: Delay | None = None,
        priority: int | None = None,
        asked_by: str | None = None,
        **named: Any,
    ) -> UUID:
        """Accept a job in the transaction that is open here, and return its id.

        While one of this handler with the same `key` waits or runs, that one's id is returned and nothing is added.
        It begins at the moment `at`, or when `delay` is over, and not before. The greater `priority` goes first.
        `asked_by` may see it: whoever is asking now, if it is not said.
        """
        from carboy.jobs import queueing  # with all its SQL, which not every start needs

        handler, now = self._registered(function), self.clock()
        values = self._row(handler, now, moment_of(at, delay, now), priority) | {
            "arguments": arguments.write(handler, given, named),
            "key": key,
            "asked_by": context.asker() if asked_by is None else asked_by,
        }
        _refuse_what_no_row_holds(values)
        job_id, is_new = queueing.insert(self.database.session, values)
        if is_new:
            self._announce_accepted(job_id, values)
            if values["due_at"] <= now:
                self.database.after_commit(partial(self.engine.ring, job_id, handler.queue))
        return job_id

    def cancel(self, job_id: UUID) -> State | None:
        """Take a job back: one that waits is over at once, one that runs is told. Return what it was, None if over."""
        from carboy.jobs import queueing

        row = self.find(job_id)
        was = queueing.cancel(self.database.session, job_id, self.clock()) if row else None
        if row and was is State.QUEUED:
            self._announce_later(row, before=was, now=State.CANCELLED)
        return was

    def retry(self, job_id: UUID) -> bool:
        """Give a job that failed or was cancelled all its attempts anew. Say whether there was one."""
        from carboy.jobs import queueing

        row = self.find(job_id)
        queue = queueing.retry(self.database.session, job_id, self.clock()) if row else None
        if row and queue:
            self._announce_later(row, before=State(row.state), now=State.QUEUED)
            self.database.after_commit(partial(self.engine.ring, job_id, queue))
        return queue is not None

    def find(self, job_id: UUID) -> "Row[Any] | None":
        """Return the row of a job, None if there is none (any more)."""
        return self.database.session.execute(select(JOBS).where(JOBS.c.id == job_id)).one_or_none()

    def prune(self, older_than: timedelta) -> int:
        """Delete jobs that ended longer ago; say how many."""
        from carboy.jobs import sweeping

        return sweeping.prune(self.database, self.clock() - older_than)

    # -- handlers ----------------------------------------------------------------------------------------

    def register(self, *functions: Callable[..., Any]) -> None:
        """Let these functions run jobs here. Each has @job above it."""
        for function in functions:
            handler = handler_of(function)
            for name in (handler.name, *handler.formerly):
                if (other := self.handlers.get(name, handler)).function is not function:
                    raise SetupError(
                        f"Two jobs are called {name}: {_place(other)} and {_place(handler)}. Rename one: @job(name=…)."
                    )
                self.handlers[name] = handler
            if unknown := [name for name in handler.seams if name not in (*OWN_SEAMS, *self.seams)]:
                known = ", ".join(sorted({*OWN_SEAMS, *self.seams}))
                raise SetupError(
                    f"The job {handler.name} wants {', '.join(unknown)}, and there are: {known}."
                    " Provide it with jobs.provide(name=value) before the job is registered."
                )
            if handler.isolate and not self.factory:
                raise SetupError(
                    f"The job {handler.name} runs in a process of its own, which must make the application anew."
                    " Say where: jobs.init_app(app, factory='shop:create_app'), a function that takes the settings."
                )
            self.schedules.update(schedules_of(handler))

    def provide(self, **seams: Any) -> None:
        """Have handlers be given these by name: `def export(…, *, warehouse)`."""
        self.seams.update(seams)

    def queues(self) -> list[str]:
        """Return the queues that the handlers of this application use."""
        return sorted({handler.queue for handler in self.handlers.values()} | {"default"})

    # -- telling -----------------------------------------------------------------------------------------

    def announce(self, change: Change) -> None:
        """Tell everybody who wants to know of a step that has been committed."""
        tell(change)
        self.counters.add(change)
        send(self, change)

    def _row(self, handler: Handler, now: datetime, due_at: datetime, priority: int | None) -> dict[str, Any]:
        from carboy.jobs import sweeping

        priority = handler.priority if priority is None else priority
        if not SMALLEST_PRIORITY <= priority <= LARGEST_PRIORITY:
            between = f"{SMALLEST_PRIORITY} to {LARGEST_PRIORITY}"
            raise SetupError(f"The priority of {handler.name} is {priority}. Take one from {between}.")
        return {
            "handler": handler.name,
            "version": handler.version,
            "queue": handler.queue,
            "rank": -priority,
            "due_at": due_at,
            # One that is due at once is rung for at once; only if nobody comes is it rung for again.
            "look_at": due_at if due_at > now else now + sweeping.RING_AGAIN,
            "attempts": handler.attempts,
            "request_id": context.request_id(),
            "created_at": now,
        }

    def _announce_accepted(self, job_id: UUID, row: Mapping[str, Any]) -> None:
        change = Change(
            job_id=job_id, handler=row["handler"], queue=row["queue"], before=None, now=State.QUEUED,
            asked_by=row["asked_by"], request_id=row["request_id"],
        )  # fmt: skip
        self.database.after_commit(partial(self.announce, change))

    def _announce_later(self, row: "Row[Any]", *, before: State, now: State) -> None:
        self.database.after_commit(partial(self.announce, Change.of(row, before, now)))

    def _registered(self, function: Callable[..., Any]) -> Handler:
        handler = handler_of(function)
        if handler.name not in self.handlers:
            raise SetupError(f"The job {handler.name} is not registered here. Say jobs.register({_short(handler)}).")
        return handler


def _refuse_what_no_row_holds(values: Mapping[str, Any]) -> None:
    for name, shortest, longest in (("key", 1, LONGEST_KEY), ("asked_by", 0, LONGEST_ASKER)):
        text, whose = values[name] or "", f"The {name} of this {values['handler']}"
        if values[name] is not None and not shortest <= len(text) <= longest:
            raise SetupError(f"{whose} has {len(text)} characters. Give it {shortest} to {longest}.")
        if storable(text) != text:
            raise SetupError(
                f"{whose}, {text!r}, holds what no database takes as text. Leave NUL and half characters out."
            )


def _place(handler: Handler) -> str:
    return f"{handler.function.__module__}.{handler.function.__qualname__}"


def _short(handler: Handler) -> str:
    return handler.function.__name__
