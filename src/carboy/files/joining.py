"""How files join the jobs: the one that makes thumbnails, and the sweep."""

from typing import TYPE_CHECKING

from carboy.files import thumbnails, upkeep
from carboy.files.room import Files

if TYPE_CHECKING:
    from carboy.jobs import Jobs


def join(room: Files) -> Files:
    """Have the jobs of these files done, and give `files` to handlers."""
    room.jobs.provide(files=room)
    room.jobs.register(thumbnails.make_thumbnail, upkeep.sweep_files)
    return room


def moved(room: Files, jobs: "Jobs") -> Files:
    """Return the same files on the database of these jobs."""
    return join(Files(jobs, room.choose_stores, limits=room.limits))
