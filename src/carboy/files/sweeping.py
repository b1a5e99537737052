"""What is swept away: files whose time is over, and bytes that no row names, which a crash may leave."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from carboy.context import utc_now
from carboy.errors import CarboyError
from carboy.files.table import FILES

if TYPE_CHECKING:
    from carboy.files.room import Files
    from carboy.files.stores import Store

log = logging.getLogger("carboy.files")

# Bytes are there before their row is committed. No transaction takes this long.
AN_HOUR = timedelta(hours=1)
_LOOK_AT = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was swept away."""

    expired: int
    orphans: int


def sweep(room: "Files", *, older_than: timedelta = AN_HOUR) -> Swept:
    """Drop the files whose time is over, and delete the bytes older than this that no row names."""
    expired = _drop_expired(room)
    moment = utc_now() - older_than
    return Swept(expired, sum(_sweep_store(room, store, moment) for store in room.stores.values()))


def _drop_expired(room: "Files") -> int:
    with room.database.reading() as session:
        due = session.scalars(select(FILES.c.id).where(FILES.c.expires_at <= utc_now(), FILES.c.variant_of.is_(None)))
        found = list(due)
    return sum(_dropped(room, file_id) for file_id in found)


def _dropped(room: "Files", file_id: UUID) -> bool:
    try:
        return room.drop(file_id)
    except CarboyError:  # a row of the application's names it; that is no reason to leave the others
        log.warning("a file whose time is over cannot be dropped", extra={"file": str(file_id)}, exc_info=True)
        return False


def _sweep_store(room: "Files", store: "Store", moment: datetime) -> int:
    keys, deleted = store.older_than(moment), 0
    while batch := set(islice(keys, _LOOK_AT)):
        for orphan in _orphans(room, store, batch):
            if store.delete(orphan):
                log.info("swept bytes that no row names", extra={"file": str(orphan), "store": store.name})
                deleted += 1
    return deleted


def _orphans(room: "Files", store: "Store", keys: set[UUID]) -> set[UUID]:
    # Twice: a row may have been committed while the first look was under way.
    suspects = keys - _named(room, store, keys)
    return suspects - _named(room, store, suspects) if suspects else suspects


def _named(room: "Files", store: "Store", keys: set[UUID]) -> set[UUID]:
    known = select(FILES.c.id).where(FILES.c.id.in_(keys), FILES.c.store == store.name)
    with room.database.reading() as session:
        return set(session.scalars(known))
