"""A todo as it is shown: what stands in it and whom it concerns, as plain values. To change one, the entity is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """A user, as others see them."""

    id: UUID
    username: str | None
    first_name: str
    last_name: str
    picture_id: UUID | None

    @property
    def full_name(self) -> str:
        """First and last name, as far as they are known."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file that hangs on a todo."""

    file_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTodo:
    """A todo, as it was when somebody looked."""

    id: UUID
    title: str
    notes: str
    due_on: date | None
    priority: int
    done_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    owner: SeenPerson
    assignees: Sequence[SeenPerson]
    tags: Sequence[str]
    files: Sequence[SeenFile]

    @property
    def owner_id(self) -> UUID:
        """Whose it is."""
        return self.owner.id

    @property
    def done(self) -> bool:
        """Whether it is done."""
        return self.done_at is not None
