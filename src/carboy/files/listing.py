"""What is kept, for whoever runs the application."""

from typing import TYPE_CHECKING

from sqlalchemy import select, true

from carboy.files.kept import Kept
from carboy.files.table import FILE_OWNERS, FILES

if TYPE_CHECKING:
    from carboy.files.room import Files


def newest(room: "Files", limit: int, *, owner: str | None = None) -> list[Kept]:
    """Return the files that came last, expired ones too."""
    theirs = true() if owner is None else FILES.c.owner == owner
    with room.database.reading() as session:
        rows = session.execute(select(FILES).where(theirs).order_by(FILES.c.id.desc()).limit(limit))
        return [Kept.of(row) for row in rows]


def largest_owners(room: "Files", limit: int) -> list[tuple[str, int]]:
    """Return owners and how many bytes their files take, the most first."""
    owner = FILE_OWNERS.c
    query = select(owner.owner, owner.used_bytes).order_by(owner.used_bytes.desc(), owner.owner).limit(limit)
    with room.database.reading() as session:
        return [(row.owner, row.used_bytes) for row in session.execute(query)]
