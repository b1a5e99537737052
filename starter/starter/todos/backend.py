"""Todos in the database, by the ORM: entities to be changed. What is only shown is read by columns (reading.py)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from carboy.data import Database, Page, Window
from sqlalchemy import CursorResult, Select, bindparam, delete, func, inspect, select, update
from sqlalchemy.orm import selectinload

from starter.accounts.domain import User
from starter.todos import reading
from starter.todos.domain import Filters, Sort
from starter.todos.models import Todo, TodoPerson
from starter.todos.seen import SeenPerson, SeenTodo

_WHOLE = (
    # In a statement of its own: MariaDB would hold the people with the todo.
    selectinload(Todo.people).joinedload(TodoPerson.user, innerjoin=True),
    selectinload(Todo.labels),
    selectinload(Todo.files),
)


def _seen_by(me: Any) -> Select[Any]:
    return select(Todo).join(TodoPerson, TodoPerson.todo_id == Todo.id).where(TodoPerson.user_id == me)


# Made once: to make a statement each time takes longer than to send it.
_THIS = Todo.id == bindparam("todo")
_HELD = _seen_by(bindparam("me")).where(_THIS, Todo.deleted_at.is_(None)).with_for_update(of=Todo).options(*_WHOLE)
_DELETED = select(Todo).where(_THIS, Todo.owner_id == bindparam("me")).with_for_update(of=Todo).options(*_WHOLE)

# Whom to tell that a todo has changed, or that several have.
Tell = Callable[[Collection[UUID], Todo | None], object]


def nobody(_people: Collection[UUID], _todo: Todo | None) -> None:
    """Tell nobody, where nobody listens."""


class TodosBackend:
    """Reads and writes todos with the ORM's session."""

    def __init__(self, database: Database, tell: Tell = nobody) -> None:
        self._database, self._tell = database, tell

    def page(self, me: UUID, filters: Filters, sort: Sort, window: Window) -> Page[SeenTodo]:
        """Return a page of what this user sees."""
        return reading.page(self._database.session, me, filters=filters, sort=sort, window=window)

    def seen_by(self, me: UUID, todo_id: UUID) -> SeenTodo | None:
        """Return a todo, if this user sees it."""
        return reading.one(self._database.session, me, todo_id)

    def held_by(self, me: UUID, todo_id: UUID) -> Todo | None:
        """Return a todo to be changed, if this user sees it. Nobody else changes it until the commit."""
        return self._one(_HELD, {"me": me, "todo": todo_id})

    def deleted_by(self, me: UUID, todo_id: UUID) -> Todo | None:
        """Return a todo that was deleted, if this user owns it."""
        return self._one(_DELETED, {"me": me, "todo": todo_id})

    def user(self, user_id: UUID) -> User | None:
        """Return the user with this id, if they are still there."""
        return self._database.session.get(User, user_id)

    def users_named(self, usernames: Collection[str]) -> Sequence[User]:
        """Return the users who have one of these names and may log in."""
        known = select(User).where(User.username.in_(usernames), User.is_active)
        return self._database.session.scalars(known).all()

    def companions(self, me: UUID) -> list[SeenPerson]:
        """Return those with whom this user shares todos, if they have a user name to be called by."""
        return reading.companions(self._database.session, me)

    def store(self, todo: Todo) -> None:
        """Keep a new todo, or what was changed of one. One that somebody changed meanwhile is a Conflict."""
        people = inspect(todo).attrs.people.history.sum()  # those who saw it until now as well
        self._database.session.add(todo)
        self._database.session.flush()
        self._tell({person.user_id for person in people}, todo)

    def complete_due_before(self, me: UUID, day: date, now: datetime) -> int:
        """Tick everything open that this user sees and that is due before this day; say how many."""
        mine = select(TodoPerson.todo_id).where(TodoPerson.user_id == me)
        due = (Todo.id.in_(mine), Todo.due_day < day, Todo.done_at.is_(None), Todo.deleted_at.is_(None))
        ticked = {"done_at": now, "updated_at": now, "version": Todo.version + 1}
        session = self._database.session
        theirs = select(TodoPerson.user_id).where(TodoPerson.todo_id.in_(select(Todo.id).where(*due)))
        people = set(session.scalars(theirs.distinct()))
        count = cast("CursorResult[Any]", session.execute(update(Todo).where(*due).values(ticked))).rowcount
        self._tell(people, None)
        return count

    def deleted_before(self, moment: datetime, most: int) -> Sequence[Todo]:
        """Return up to so many todos that were deleted before this moment, but for those that somebody has in hand."""
        deleted = select(Todo).where(Todo.deleted_at < moment).order_by(Todo.id).limit(most)
        deleted = deleted.with_for_update(skip_locked=True, of=Todo)
        return self._database.session.scalars(deleted.options(selectinload(Todo.files))).all()

    def remove(self, todo: Todo) -> None:
        """Remove a todo for good."""
        self._database.session.execute(delete(Todo).where(Todo.id == todo.id))

    def count(self, me: UUID) -> int:
        """Return how many todos this user sees."""
        seen = _seen_by(me).where(Todo.deleted_at.is_(None)).subquery()
        return self._database.session.scalar(select(func.count()).select_from(seen)) or 0

    def _one(self, wanted: Select[Any], which: Mapping[str, UUID]) -> Todo | None:
        todo: Todo | None = self._database.session.scalars(wanted, which).one_or_none()
        return todo
