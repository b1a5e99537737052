"""What the room does for itself by the clock: what has ended long ago is forgotten."""

from datetime import timedelta
from typing import TYPE_CHECKING

from carboy.jobs.declaring import job
from carboy.jobs.schedules import every
from carboy.jobs.ticking import forget

if TYPE_CHECKING:
    from carboy.jobs.room import Jobs
    from carboy.settings import Settings


@every(timedelta(days=1))
@job(name="carboy.jobs.prune", atomic=False)
def prune(*, jobs: "Jobs", settings: "Settings") -> int:
    """Delete jobs that ended more than JOBS_KEPT_DAYS ago, and schedules that no release has any more."""
    forget(jobs)
    return jobs.prune(timedelta(days=settings.jobs_kept_days))
