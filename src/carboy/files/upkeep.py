"""What the room does for itself by the clock: the sweep."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from carboy.files.sweeping import sweep
from carboy.jobs import job
from carboy.jobs.schedules import daily

if TYPE_CHECKING:
    from carboy.files.room import Files


@daily(at="03:47")
@job(name="carboy.files.sweep", atomic=False)
def sweep_files(*, files: "Files") -> dict[str, int]:
    """Delete files whose time is over, and bytes that no row names."""
    return asdict(sweep(files))
