"""`Kept`: what is known of a file that is kept. Its bytes are read with `files().open(kept)`."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

if TYPE_CHECKING:
    from sqlalchemy import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that is kept. Its name is harmless to show, and no path."""

    id: UUID
    owner: str
    name: str
    media_type: str
    size: int
    digest: str
    store: str
    charged: bool
    variant_of: UUID | None
    variant: str | None
    expires_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: "Row[Any]") -> Self:
        """Make one of its row."""
        return cls(**row._mapping)  # noqa: SLF001  (the public name of it, whatever the underscore says)
