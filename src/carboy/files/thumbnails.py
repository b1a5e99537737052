"""Small pictures of pictures, made in the background: `want_thumbnail(files(), kept)`."""

from typing import TYPE_CHECKING
from uuid import UUID

from carboy.errors import Invalid
from carboy.files import images
from carboy.jobs import Cancel, Done, job

if TYPE_CHECKING:
    from carboy.files.kept import Kept
    from carboy.files.room import Files
    from carboy.jobs.outcomes import Outcome

THUMBNAIL = "thumbnail"  # the variant


def want_thumbnail(room: "Files", kept: "Kept") -> None:
    """Ask for a thumbnail in the transaction that is open here, if it is a picture."""
    if kept.media_type in images.FORMATS:
        room.jobs.enqueue(make_thumbnail, kept.id, key=str(kept.id), asked_by=kept.owner)


@job(name="carboy.files.thumbnails", atomic=False, attempts=3)
def make_thumbnail(file_id: UUID, *, files: "Files") -> "Outcome":
    """Make a thumbnail of a file, and keep it as a form of it."""
    kept = files.find(file_id)
    if kept is None:
        return Cancel("The file is not there any more.")
    if any(form.variant == THUMBNAIL for form in files.variants_of([file_id])):
        return Done()
    try:
        with files.open(kept) as picture:
            small = images.thumbnail(picture, kept.media_type, max_pixels=files.limits.max_pixels)
    except Invalid as error:  # and it stays as it is, to be fetched
        return Cancel(error.detail)
    files.keep_variant(kept, THUMBNAIL, small)
    return Done()
