"""Todos in the database, by the ORM: entities to be changed. What is only shown is read by columns (reading.py)."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from carboy.data import Database, Page, Window, keyset_page
from carboy.data.pages import read_cursor
from sqlalchemy import ColumnElement, CursorResult, Select, delete, func, inspect, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased, selectinload

from starter.accounts.domain import User
from starter.todos import reading
from starter.todos.domain import Filters, Sort
from starter.todos.models import SOME_DAY, Todo, TodoPerson, TodoTag
from starter.todos.seen import SeenTodo

# Ids begin with the time: to walk along those of a user, the newest first, is to walk along an index.
_ORDERS: dict[Sort, tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]] = {
    "-created_at": (TodoPerson.todo_id.desc(),),
    "due_on": (Todo.due_day, Todo.priority),
    "priority": (Todo.priority, Todo.due_day),
    "-updated_at": (Todo.updated_at.desc(),),
}

_WHOLE = (
    selectinload(Todo.owner),  # in a statement of its own: MariaDB would hold the owner with the todo
    selectinload(Todo.people).joinedload(TodoPerson.user, innerjoin=True),
    selectinload(Todo.labels),
    selectinload(Todo.files),
)


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
        session, rows = self._database.session, reading.seen_by(me).where(*_conditions(me, filters))
        if sort == "-created_at":
            rows = rows.where(Todo.id <= _newest(me, window))
        page = keyset_page(session, rows, order=_ORDERS[sort], key=TodoPerson.todo_id, window=window)
        return Page(list(reading.whole(session, page.items)), page.next_cursor)

    def seen_by(self, me: UUID, todo_id: UUID) -> SeenTodo | None:
        """Return a todo, if this user sees it."""
        return reading.one(self._database.session, me, todo_id)

    def held_by(self, me: UUID, todo_id: UUID) -> Todo | None:
        """Return a todo to be changed, if this user sees it. Nobody else changes it until the commit."""
        wanted = _seen_by(me).where(Todo.id == todo_id, Todo.deleted_at.is_(None))
        return self._one(wanted.with_for_update(of=Todo))

    def deleted_by(self, me: UUID, todo_id: UUID) -> Todo | None:
        """Return a todo that was deleted, if this user owns it."""
        return self._one(select(Todo).where(Todo.id == todo_id, Todo.owner_id == me).with_for_update(of=Todo))

    def user(self, user_id: UUID) -> User | None:
        """Return the user with this id, if they are still there."""
        return self._database.session.get(User, user_id)

    def users_named(self, usernames: Collection[str]) -> Sequence[User]:
        """Return the users who have one of these names and may log in."""
        known = select(User).where(User.username.in_(usernames), User.is_active)
        return self._database.session.scalars(known).all()

    def companions(self, me: UUID) -> Sequence[User]:
        """Return those with whom this user shares todos, if they have a user name to be called by."""
        others = (User.id.in_(companions_of(me)), User.id != me, User.username.is_not(None))
        return self._database.session.scalars(select(User).where(*others).order_by(User.username).limit(100)).all()

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

    def _one(self, wanted: Select[Any]) -> Todo | None:
        todo: Todo | None = self._database.session.scalars(wanted.options(*_WHOLE)).one_or_none()
        return todo


def companions_of(me: UUID) -> Select[UUID]:
    """Select the ids of those who see a todo that this user sees as well: of themselves, too."""
    mine = aliased(TodoPerson)
    together = select(TodoPerson.user_id).join(mine, mine.todo_id == TodoPerson.todo_id).where(mine.user_id == me)
    return together.join(Todo, Todo.id == mine.todo_id).where(Todo.deleted_at.is_(None))


def _seen_by(me: UUID) -> Select[Any]:
    return select(Todo).join(TodoPerson, TodoPerson.todo_id == Todo.id).where(TodoPerson.user_id == me)


def _newest(me: UUID, window: Window) -> Any:
    """Return with which todo a page begins, at the latest. PostgreSQL would first walk along everybody's newer ones."""
    if window.cursor:
        return read_cursor(window.cursor, [TodoPerson.todo_id])[0]
    mine = select(TodoPerson.todo_id).where(TodoPerson.user_id == me)
    return mine.order_by(TodoPerson.todo_id.desc()).limit(1).scalar_subquery()


def _conditions(me: UUID, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    match filters.scope:
        case "mine":
            found.append(Todo.owner_id == me)
        case "assigned":
            found.append(TodoPerson.is_assigned.is_(True))
    if filters.done is not None:
        found.append(Todo.done_at.is_not(None) if filters.done else Todo.done_at.is_(None))
    if filters.priority is not None:
        found.append(Todo.priority == filters.priority)
    if filters.due_from is not None:
        found.append((Todo.due_day >= filters.due_from) & (Todo.due_day < SOME_DAY))
    if filters.due_before is not None:
        found.append(Todo.due_day < filters.due_before)
    if filters.tag is not None:
        found.append(Todo.labels.any(TodoTag.name == filters.tag))
    if filters.assignee is not None:
        found.append(Todo.people.any(TodoPerson.is_assigned & TodoPerson.user.has(User.username == filters.assignee)))
    if filters.text is not None:
        found.append(or_(*(column.icontains(filters.text, autoescape=True) for column in (Todo.title, Todo.notes))))
    return found
