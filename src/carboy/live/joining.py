"""How live events join the jobs: handlers are given `live`, and old rows are deleted."""

from typing import TYPE_CHECKING

from carboy.live import upkeep
from carboy.live.room import ChooseManager, Live

if TYPE_CHECKING:
    from carboy.jobs import Jobs


def join(room: Live) -> Live:
    """Give `live` to handlers of jobs, and have old events deleted."""
    room.jobs.provide(live=room)
    room.jobs.register(upkeep.prune_events)
    return room


def moved(room: Live, jobs: "Jobs", choose_manager: ChooseManager | None = None) -> Live:
    """Return the same rooms on the database of these jobs."""
    return join(Live(jobs, choose_manager or room.choose_manager, names=room.names))
