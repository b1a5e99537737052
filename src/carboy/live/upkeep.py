"""What the room does for itself by the clock: events that everybody has read are deleted."""

from datetime import timedelta
from typing import TYPE_CHECKING

from carboy.context import utc_now
from carboy.data.pruning import prune
from carboy.jobs import job
from carboy.jobs.schedules import every
from carboy.live.table import KEPT, LIVE_EVENTS

if TYPE_CHECKING:
    from carboy.live.room import Live


@every(timedelta(hours=1))
@job(name="carboy.live.prune", atomic=False)
def prune_events(*, live: "Live") -> int:
    """Delete events that are older than an hour."""
    return prune(live.jobs.database, LIVE_EVENTS, LIVE_EVENTS.c.created_at < utc_now() - KEPT)
