"""Jobs in tests: what was asked for, and doing it here and now, in the test's own transaction.

def test_a_finished_export_tells_its_owner(client, jobs, outbox):
    client.post("/api/v1/exports")

    jobs.drain()

    assert outbox.to("ada@example.com").subject == "Your export is ready"
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from carboy.errors import SetupError
from carboy.jobs import arguments, claiming
from carboy.jobs.declaring import handler_of
from carboy.jobs.performing import perform
from carboy.jobs.running import Running
from carboy.jobs.table import JOBS, State

if TYPE_CHECKING:
    from carboy.jobs.claiming import Claim
    from carboy.jobs.room import Jobs

_ENOUGH = 1000  # a job that puts itself back would go on for ever


@dataclass(frozen=True, slots=True)
class Enqueued:
    """A job that waits."""

    id: UUID
    handler: str
    arguments: dict[str, Any]
    key: str | None
    due_at: datetime
    priority: int
    asked_by: str


class JobsOfTest:
    """The jobs of the application under test."""

    def __init__(self, room: "Jobs") -> None:
        self.room = room

    def enqueued(self, function: Callable[..., Any] | None = None) -> list[Enqueued]:
        """Return the jobs that wait, those of one handler if it is given, in the order in which they were asked for."""
        mine = [JOBS.c.handler == handler_of(function).name] if function else []
        waiting = select(JOBS).where(JOBS.c.state == State.QUEUED, *mine).order_by(JOBS.c.id)
        with self.room.database.reading() as session:
            return [self._shown(row) for row in session.execute(waiting)]

    def drain(self, *, raising: bool = True) -> int:
        """Do all that is due, and what that asks for in turn; return how many jobs were done.

        What a handler raises is raised here as well, once it is kept with the job; `raising=False` goes on instead.
        """
        for done in range(_ENOUGH):
            if (claimed := self._claim()) is None:
                return done
            error = self._perform(claimed)
            if raising and error is not None:
                raise error
        raise SetupError(
            f"After {_ENOUGH} jobs there is still one due. Does one ask for itself again and again? Give it an end."
        )

    def _claim(self) -> "Claim | None":
        now = self.room.clock()
        with self.room.database.transaction() as session:
            return claiming.claim(session, "the test", claiming.waiting_queues(session), now)

    def _perform(self, claimed: "Claim") -> BaseException | None:
        if claimed.handler not in self.room.handlers:
            raise SetupError(
                f"Nobody has registered the job {claimed.handler}, which was asked for. Call jobs.register with it."
            )
        change = perform(self.room, claimed, Running(self.room.database, claimed))
        if change is None:
            return None
        self.room.announce(change)
        return change.error

    def _shown(self, row: Any) -> Enqueued:
        handler = self.room.handlers[row.handler]
        given = arguments.read(handler, row.arguments, row.version)
        return Enqueued(row.id, row.handler, given, row.key, row.due_at, -row.rank, row.asked_by)
