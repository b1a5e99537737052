"""Who wants a digest, in the database."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from carboy.data import Database
from carboy.data.winner import win_insert
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import selectinload

from starter.accounts.domain import User
from starter.todos.models import Todo, TodoPerson, TodoReader

_NO_REFUSAL = or_(TodoReader.wants_digest.is_(True), TodoReader.wants_digest.is_(None))
_WANTS_ONE = and_(_NO_REFUSAL, User.is_active.is_(True), User.confirmed_at.is_not(None))


class ReadersBackend:
    """Finds readers, and notes that they have been thought of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def zones(self) -> Sequence[str]:
        """Return the time zones of those who want one."""
        return self._database.session.scalars(_with_readers(User.time_zone).where(_WANTS_ONE).distinct()).all()

    def claim(self, zone: str, day: date, most: int) -> Sequence[UUID]:
        """Note of up to so many readers in this zone that they have been thought of on this day, and return them."""
        session = self._database.session
        waiting = _with_readers(User.id).where(_WANTS_ONE, User.time_zone == zone, _not_yet(day)).order_by(User.id)
        held = session.scalars(waiting.limit(most).with_for_update(skip_locked=True, of=User)).all()
        there = {row.user_id: row for row in session.scalars(select(TodoReader).where(TodoReader.user_id.in_(held)))}
        readers = [there.get(user_id) or TodoReader(user_id=user_id) for user_id in held]
        # Before this one held them, somebody else may have thought of them.
        claimed = [reader for reader in readers if reader.digested_on is None or reader.digested_on < day]
        for reader in claimed:
            reader.digested_on = day
        session.add_all(claimed)
        session.flush()
        return [reader.user_id for reader in claimed]

    def wants(self, user_id: UUID) -> bool:
        """Return whether somebody wants one."""
        said = select(TodoReader.wants_digest).where(TodoReader.user_id == user_id)
        return self._database.session.scalars(said).one_or_none() is not False

    def choose(self, user_id: UUID, *, wants: bool) -> None:
        """Note whether somebody wants one."""
        session, said = self._database.session, {"user_id": user_id, "wants_digest": wants}
        if win_insert(session, TodoReader, values=said, returning=(TodoReader.user_id,)) is None:
            session.execute(update(TodoReader).where(TodoReader.user_id == user_id).values(wants_digest=wants))

    def find(self, user_id: UUID) -> User | None:
        """Return a reader, if they still want one."""
        return self._database.session.scalars(_with_readers(User).where(User.id == user_id, _WANTS_ONE)).one_or_none()

    def due(self, user_id: UUID, day: date, most: int) -> tuple[Sequence[Todo], int]:
        """Return what is open and due on this day or before, the oldest first, and how many more there are."""
        session, due = self._database.session, _due(user_id, day)
        ordered = due.order_by(Todo.due_day, Todo.priority, Todo.id).limit(most).options(selectinload(Todo.owner))
        first = session.scalars(ordered).all()
        total = session.scalar(select(func.count()).select_from(due.subquery())) or 0
        return first, total - len(first)


def _with_readers(wanted: Any) -> Select[Any]:
    """Select this of users, whether anything is known of them as readers or not."""
    return select(wanted).select_from(User).outerjoin(TodoReader, TodoReader.user_id == User.id)


def _not_yet(day: date) -> ColumnElement[bool]:
    return or_(TodoReader.digested_on.is_(None), TodoReader.digested_on < day)


def _due(user_id: UUID, day: date) -> Select[Any]:
    is_open = (Todo.due_day <= day, Todo.done_at.is_(None), Todo.deleted_at.is_(None))
    return select(Todo).join(TodoPerson, TodoPerson.todo_id == Todo.id).where(TodoPerson.user_id == user_id, *is_open)
