"""The same catalogue through the ORM. Nothing else changes when `api.py` takes it; the tests hold both to one law."""

from typing import Any, cast
from uuid import UUID

from carboy.data import Base, Database, Page, Window, keyset_page
from sqlalchemy import ColumnElement, CursorResult, Delete, Update, delete, insert, select, update

from starter.foss.domain import Filters, Sort
from starter.foss.models import FOSS, Foss


class FossRow(Base):
    """A project as the ORM sees it: the columns of the table are its attributes."""

    __table__ = FOSS


_ORDERS: dict[Sort, tuple[ColumnElement[Any], ...]] = {
    "name": (FOSS.c.name_key,),
    "-created_at": (FOSS.c.created_at.desc(), FOSS.c.id.desc()),
}


class OrmFossBackend:
    """Reads and writes projects with the ORM's session."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, filters: Filters, sort: Sort, window: Window) -> Page[Foss]:
        """Return one page of the projects that match."""
        *order, key = _ORDERS[sort]
        rows = select(FossRow).where(*_conditions(filters))
        page = keyset_page(self._database.session, rows, order=order, key=key, window=window)
        return Page([Foss.of_row(row.to_dict()) for row in page.items], page.next_cursor)

    def find(self, foss_id: UUID) -> Foss | None:
        """Return the project with this id, if there is one."""
        return self._one(FOSS.c.id == foss_id)

    def named(self, name_key: str) -> Foss | None:
        """Return the project whose name has this key, if there is one."""
        return self._one(FOSS.c.name_key == name_key)

    def add(self, foss: Foss) -> None:
        """Keep a new project."""
        self._database.session.execute(insert(FossRow).values(foss.row()))

    def store(self, foss: Foss, *, seen: int) -> bool:
        """Keep a changed project if the stored one still has the version that was seen; say whether it had."""
        return self._wrote(update(FossRow).where(*_as_seen(foss.id, seen)).values(foss.row()))

    def remove(self, foss_id: UUID, *, seen: int) -> bool:
        """Remove a project if it still has the version that was seen; say whether it had."""
        return self._wrote(delete(FossRow).where(*_as_seen(foss_id, seen)))

    def _one(self, condition: ColumnElement[bool]) -> Foss | None:
        row = self._database.session.scalars(select(FossRow).where(condition)).one_or_none()
        return Foss.of_row(row.to_dict()) if row else None

    def _wrote(self, statement: Update | Delete) -> bool:
        return cast("CursorResult[Any]", self._database.session.execute(statement)).rowcount == 1


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.licence is not None:
        conditions.append(FOSS.c.licence == filters.licence)
    if filters.text is not None:
        conditions.append(FOSS.c.name_key.contains(filters.text, autoescape=True, escape="!"))
    return conditions


def _as_seen(foss_id: UUID, version: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return FOSS.c.id == foss_id, FOSS.c.version == version
