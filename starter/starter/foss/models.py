"""What a free software project is, and the table that holds them.

The class is a plain dataclass: the rules and the plain SQL need no ORM. The table is for migrations, which compare it
with the database.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from carboy.data import Base, UtcDateTime
from sqlalchemy import BigInteger, Column, Index, String, Table, Uuid


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What people say about a project. The rest of it is ours, and nothing from outside can set it."""

    name: str
    licence: str  # as SPDX names it
    homepage: str | None = None
    email: str | None = None  # of its maintainers
    description: str | None = None

    def said(self) -> dict[str, str | None]:
        """Return all of it by name. All is text: `asdict` would look for what to copy, in every row of a list."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Foss:
    """A free software project in the catalogue."""

    id: UUID
    details: Details
    version: int
    created_at: datetime
    updated_at: datetime

    def row(self) -> dict[str, Any]:
        """Return the project as its row: a value for each column of the table."""
        return {
            "id": self.id,
            **self.details.said(),
            "name_key": key_of(self.details.name),
            "version": self.version,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "Foss":
        """Return the project that a row holds."""
        said = Details(**{name: row[name] for name in Details.__slots__})
        return cls(details=said, **{name: row[name] for name in ("id", "version", "created_at", "updated_at")})


def key_of(name: str) -> str:
    """Return what two names have in common when people would take them for one: "GIMP" and "Gimp"."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


FOSS = Table(
    "foss",
    Base.metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(120), nullable=False),
    # Unique here and not above: databases disagree about upper and lower case. It is sorted and searched by, too.
    Column("name_key", String(480), nullable=False, unique=True),  # a folded letter becomes four at the most
    Column("licence", String(40), nullable=False),
    Column("homepage", String(500)),
    Column("email", String(254)),
    Column("description", String(2000)),
    Column("version", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index(None, "created_at", "id"),  # walked backwards by the list of the newest
)
