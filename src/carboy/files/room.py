"""`Files`: what an application keeps of what people send. No web framework in sight.

    with database.transaction():
        kept = files.keep(upload, owner=me.principal)
        session.add(Attachment(todo_id=todo.id, file_id=kept.id))

The bytes are safe in their store before the row is written. If the transaction is undone they are deleted; if the
process dies in between, the sweep does it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BufferedReader
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, insert, or_, select

from carboy.context import utc_now
from carboy.data import uuid7
from carboy.errors import SetupError
from carboy.files import images, names, quotas
from carboy.files.incoming import Brought, Incoming, Upload, chunks_of
from carboy.files.kept import Kept
from carboy.files.reading import reader
from carboy.files.stores import Store
from carboy.files.table import FILES

if TYPE_CHECKING:
    from collections.abc import Callable

    from carboy.data import Database
    from carboy.jobs import Jobs

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """How much may be kept."""

    max_bytes: int = 100 * MIB  # of one file
    quota_bytes: int = 1024 * MIB  # of one owner
    max_pixels: int = images.MAX_PIXELS  # of one picture, all of its frames together


class Files:
    """The files of one application: new ones go into one store, older ones may lie in others."""

    def __init__(
        self,
        jobs: "Jobs",
        choose_stores: "Callable[[Database], Sequence[Store]]",
        *,
        limits: Limits | None = None,
    ) -> None:
        self.jobs = jobs
        self.limits = limits or Limits()
        self.choose_stores = choose_stores
        first, *others = choose_stores(jobs.database)
        self.store = first
        self.stores: Mapping[str, Store] = {store.name: store for store in (first, *others)}

    @property
    def database(self) -> "Database":
        """Where the rows are: in the database of the jobs, so that both are one transaction."""
        return self.jobs.database

    # -- keeping -----------------------------------------------------------------------------------------

    def bring(self, upload: Incoming, *, name: str = "", media_type: str = "", bound: bool = True) -> Brought:
        """Bring the bytes into the store, to be kept later: before a transaction that others would wait for.

        What is not kept within the hour is swept away.
        """
        key, counted = uuid7(), chunks_of(upload, most=self.limits.max_bytes if bound else None)
        self.store.write(key, iter(counted))
        return Brought(
            id=key,
            name=names.harmless(name or getattr(upload, "filename", "")),
            media_type=media_type or getattr(upload, "media_type", "") or "application/octet-stream",
            size=counted.size,
            digest=counted.digest,
            store=self.store.name,
        )

    def keep(
        self,
        upload: "Incoming | Brought",
        *,
        owner: str,
        name: str = "",
        media_type: str = "",
        expires_at: datetime | None = None,
        charged: bool = True,
    ) -> Kept:
        """Keep a file in the transaction that is open here, or in one of its own.

        Its bytes go first, and nothing else waits for them if this is the first thing that the transaction does. With
        `charged=False` it is the application's own work: neither bound, nor counted for what its owner may keep.
        """
        brought = upload
        if not isinstance(brought, Brought):
            brought = self.bring(brought, name=name, media_type=media_type, bound=charged)
        return self._write_row(brought, owner=owner, expires_at=expires_at, charged=charged)

    def _write_row(self, brought: Brought, **values: Any) -> Kept:
        row = {**brought.values(), "variant_of": None, "variant": None, "created_at": utc_now(), **values}
        with self.database.transaction() as session:
            self.database.after_rollback(partial(self._forget_bytes, brought.store, brought.id))
            if row["charged"]:
                quotas.charge(session, row["owner"], brought.size, most=self.limits.quota_bytes)
            session.execute(insert(FILES), row)
        return Kept(**row)

    def cleaned(self, upload: Upload, *, field: str = "file") -> images.Picture:
        """Return the picture made anew, to be kept: see `carboy.files.cleaned`. FILES_MAX_PIXELS is its bound."""
        return images.cleaned(upload, max_pixels=self.limits.max_pixels, field=field)

    def squared(self, upload: Upload, side: int, *, field: str = "file") -> images.Picture:
        """Return the middle of the picture, so many pixels wide and high, to be kept: see `images.squared`."""
        return images.squared(upload, side, max_pixels=self.limits.max_pixels, field=field)

    def keep_variant(self, original: Kept, variant: str, upload: Upload) -> Kept:
        """Keep another form of a file: its thumbnail. It goes when the file goes, and is not charged."""
        brought = self.bring(upload, bound=False)
        of = {"variant_of": original.id, "variant": variant}
        return self._write_row(brought, owner=original.owner, expires_at=original.expires_at, charged=False, **of)

    # -- finding -----------------------------------------------------------------------------------------

    def find(self, file_id: UUID) -> Kept | None:
        """Return the file, None if there is none, or its time is over."""
        return next(iter(self.find_all([file_id])), None)

    def find_all(self, file_ids: Sequence[UUID]) -> list[Kept]:
        """Return those of these files that there are, in the order in which they came."""
        return self._those(FILES.c.id.in_(file_ids)) if file_ids else []

    def variants_of(self, file_ids: Sequence[UUID]) -> list[Kept]:
        """Return every other form of these files; `kept.variant_of` says of which."""
        return self._those(FILES.c.variant_of.in_(file_ids)) if file_ids else []

    def open(self, kept: Kept) -> BufferedReader:
        """Return a reader of the bytes, which can go to any place. It holds no transaction and little memory."""
        return reader(self._store_called(kept.store), kept.id, kept.size)

    def used_by(self, owner: str) -> int:
        """Return how many bytes this owner's files take."""
        with self.database.reading() as session:
            return quotas.used(session, owner)

    # -- dropping ----------------------------------------------------------------------------------------

    def drop(self, file_id: UUID) -> bool:
        """Forget a file in the transaction that is open here, or in one of its own. Say whether there was one.

        Its bytes go after the commit.
        """
        mine = or_(FILES.c.id == file_id, FILES.c.variant_of == file_id)
        with self.database.transaction() as session:
            found = [Kept.of(row) for row in session.execute(select(FILES).where(mine).with_for_update())]
            session.execute(delete(FILES).where(FILES.c.id == file_id))  # the variants fall with it
            for kept in found:
                if kept.charged:
                    quotas.release(session, kept.owner, kept.size)
                self.database.after_commit(partial(self._forget_bytes, kept.store, kept.id))
        return bool(found)

    def drop_all_of(self, owner: str, *, expiring: bool = False) -> int:
        """Forget every file of this owner, or only those that expire, in the transaction that is open here.

        Say how many there were.
        """
        mine = select(FILES.c.id).where(FILES.c.owner == owner, FILES.c.variant_of.is_(None))
        if expiring:
            mine = mine.where(FILES.c.expires_at.is_not(None))
        with self.database.transaction() as session:
            return sum(self.drop(file_id) for file_id in session.scalars(mine).all())

    def _forget_bytes(self, store: str, key: UUID) -> None:
        self._store_called(store).delete(key)

    def _those(self, condition: Any) -> list[Kept]:
        alive = or_(FILES.c.expires_at.is_(None), FILES.c.expires_at > utc_now())
        with self.database.reading() as session:
            rows = session.execute(select(FILES).where(condition, alive).order_by(FILES.c.id))
            return [Kept.of(row) for row in rows]

    def _store_called(self, name: str) -> Store:
        if name not in self.stores:
            raise SetupError(
                f"Files of this database lie in the store {name!r}, which is not set up here any more."
                " Set FILES_DIR or S3_BUCKET as it was."
            )
        return self.stores[name]
