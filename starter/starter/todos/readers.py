"""Who wants a digest, in the database."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import selectinload

from carboy.data import Database
from starter.accounts.domain import User
from starter.todos.models import Todo, TodoPerson

_WANTS_ONE = and_(User.wants_digest.is_(True), User.is_active.is_(True), User.confirmed_at.is_not(None))


class ReadersBackend:
    """Finds readers, and notes that they have been thought of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def zones(self) -> Sequence[str]:
        """Return the time zones of those who want one."""
        return self._database.session.scalars(select(User.time_zone).where(_WANTS_ONE).distinct()).all()

    def claim(self, zone: str, day: date, most: int) -> Sequence[UUID]:
        """Note of up to so many readers in this zone that they have been thought of on this day, and return them."""
        session = self._database.session
        wanted = select(User.id).where(_WANTS_ONE, User.time_zone == zone, _not_yet(day)).order_by(User.id).limit(most)
        found = session.scalars(wanted.with_for_update(skip_locked=True, of=User)).all()
        session.execute(update(User).where(User.id.in_(found)).values(digested_on=day))
        return found

    def find(self, user_id: UUID) -> User | None:
        """Return a reader, if they still want one."""
        return self._database.session.scalars(select(User).where(User.id == user_id, _WANTS_ONE)).one_or_none()

    def due(self, user_id: UUID, day: date, most: int) -> tuple[Sequence[Todo], int]:
        """Return what is open and due on this day or before, the oldest first, and how many more there are."""
        session, due = self._database.session, _due(user_id, day)
        ordered = due.order_by(Todo.due_day, Todo.priority, Todo.id).limit(most).options(selectinload(Todo.owner))
        first = session.scalars(ordered).all()
        total = session.scalar(select(func.count()).select_from(due.subquery())) or 0
        return first, total - len(first)


def _not_yet(day: date) -> ColumnElement[bool]:
    return or_(User.digested_on.is_(None), User.digested_on < day)


def _due(user_id: UUID, day: date) -> Select[Any]:
    is_open = (Todo.due_day <= day, Todo.done_at.is_(None), Todo.deleted_at.is_(None))
    return select(Todo).join(TodoPerson, TodoPerson.todo_id == Todo.id).where(TodoPerson.user_id == user_id, *is_open)
