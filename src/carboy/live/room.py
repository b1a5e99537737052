"""`Live`: what happens here is told to whoever listens, once it is committed. No web framework in sight.

live.publish(f"list:{todo.list_id}", "todo:changed", {"id": todo.id})
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from carboy.errors import SetupError
from carboy.live.event import END, OURS, Event
from carboy.live.names import MayListen, Names

if TYPE_CHECKING:
    from uuid import UUID

    from carboy.data import Database
    from carboy.jobs import Jobs
    from carboy.live.managers import Manager

log = logging.getLogger("carboy.live")

ChooseManager = Callable[["Database"], "Manager"]


class Live:
    """The live events of one application: in a request, in a job, in a script."""

    def __init__(self, jobs: "Jobs", choose_manager: ChooseManager, *, names: Names | None = None) -> None:
        self.jobs = jobs
        self.choose_manager = choose_manager
        self.manager = choose_manager(jobs.database)
        self.names = names or Names()

    def room(self, name: str, may_listen: MayListen) -> None:
        """Open a room: `may_listen(who, **parts)` says True, the name of the room that is meant, or None."""
        self.names.open(name, may_listen)

    def publish(self, room: str, event: str, data: Any = None) -> None:
        """Tell whoever listens in this room, once the transaction that is open here is kept, and never otherwise.

        `data` holds ids and not content. Without a transaction it leaves at once.
        """
        if event.startswith(OURS):
            raise SetupError(f"{event!r} is a word of our own. Name what happened: todo:changed.")
        self._send(Event.of(room, event, data))

    def end(self, session_id: "UUID") -> None:
        """Close every socket of this sign-in, in whatever process it is."""
        self._send(Event.of(f"session:{session_id}", END, str(session_id)))

    def _send(self, event: Event) -> None:
        with self.jobs.database.transaction():
            self.manager.send(event)
            self.jobs.database.after_commit(partial(_note_published, event))


def _note_published(event: Event) -> None:
    log.debug("live event published", extra={"room": event.room, "event_name": event.name})
