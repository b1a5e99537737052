"""How much an owner's files take together. One conditional UPDATE, so that many uploads at once never go beyond."""

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from carboy.data import win_insert, win_update
from carboy.errors import Invalid
from carboy.files.sizes import in_words
from carboy.files.table import FILE_OWNERS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def used(session: "Session", owner: str) -> int:
    """Return how many bytes this owner's files take."""
    found = session.execute(select(FILE_OWNERS.c.used_bytes).where(FILE_OWNERS.c.owner == owner)).scalar()
    return found or 0


def charge(session: "Session", owner: str, size: int, *, most: int) -> None:
    """Book these bytes, or refuse what would go beyond the most that one owner may keep."""
    if _booked(session, owner, size, most):
        return
    _open_account(session, owner)
    if not _booked(session, owner, size, most):
        sentence = f"Your files may take {in_words(most)} together. Delete some, and send it again."
        raise Invalid(sentence, {"file": [sentence]})


def release(session: "Session", owner: str, size: int) -> None:
    """Give these bytes back to their owner."""
    mine = FILE_OWNERS.c.owner == owner
    session.execute(update(FILE_OWNERS).where(mine).values(used_bytes=FILE_OWNERS.c.used_bytes - size))


def _open_account(session: "Session", owner: str) -> None:
    values = {"owner": owner, "used_bytes": 0}
    if session.get_bind().dialect.name != "mysql":
        win_insert(session, FILE_OWNERS, values=values, returning=(FILE_OWNERS.c.owner,))
        return
    # MariaDB gives all who come second the row to read together, and then each waits for the other to write. Whoever
    # comes with an update waits alone.
    from sqlalchemy.dialects.mysql import insert

    session.execute(insert(FILE_OWNERS).values(values).on_duplicate_key_update(owner=owner))


def _booked(session: "Session", owner: str, size: int, most: int) -> bool:
    sum_ = FILE_OWNERS.c.used_bytes + size
    mine = (FILE_OWNERS.c.owner == owner) & (sum_ <= most)
    values = {"used_bytes": sum_}
    return win_update(session, FILE_OWNERS, where=mine, values=values, returning=(FILE_OWNERS.c.owner,)) is not None
