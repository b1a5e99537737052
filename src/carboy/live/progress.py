"""Steps of jobs, told to whoever asked for them: in the room jobs:<their name>, which a browser calls jobs:mine."""

from typing import TYPE_CHECKING, Any

from carboy.jobs import job_changed, job_progressed

if TYPE_CHECKING:
    from carboy.jobs import Change, Jobs, Progress
    from carboy.live.room import Live
    from carboy.web.identity import Identity


def my_jobs(who: "Identity") -> str:
    """Return the room in which whoever asks hears of their jobs."""
    return f"jobs:{who.principal}"


@job_changed.connect
def tell_who_asked(jobs: "Jobs", *, change: "Change") -> None:
    """Tell the user who asked for this job that it has come further."""
    _tell(jobs, change.asked_by, "job:changed", {"id": change.job_id, "state": change.now.value})


@job_progressed.connect
def tell_how_far(jobs: "Jobs", *, progress: "Progress") -> None:
    """Tell the user who asked for this job how far it is."""
    _tell(jobs, progress.asked_by, "job:progress", {"id": progress.job_id, "fraction": progress.fraction})


def _tell(jobs: "Jobs", asked_by: str, event: str, data: dict[str, Any]) -> None:
    live: Live | None = jobs.seams.get("live")
    if live is not None and asked_by.startswith("user:"):
        live.publish(f"jobs:{asked_by}", event, data)
