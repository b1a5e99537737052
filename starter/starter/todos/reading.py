"""Reads todos as they are shown: by columns, in two statements however many they are.

An entity knows how it was loaded and what was changed of it. To make fifty of them, with whom they concern, takes
several times as long as to ask for columns, and what is only shown needs none of that.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from carboy.data import Page, Window, keyset_page
from carboy.data.pages import read_cursor
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    exists,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from starter.accounts.domain import User
from starter.todos.domain import Filters, Sort
from starter.todos.models import SOME_DAY, Todo, TodoFile, TodoPerson, TodoTag
from starter.todos.seen import SeenFile, SeenPerson, SeenTodo

# Tables rather than classes: nothing of the ORM takes part.
_todo, _person, _user = Todo.__table__.c, TodoPerson.__table__.c, User.__table__.c
_tag, _file = TodoTag.__table__.c, TodoFile.__table__.c

_USER = (_user.id, _user.username, _user.first_name, _user.last_name, _user.picture_id)
_OWN = (
    _person.todo_id, _todo.title, _todo.notes, _todo.due_day, _todo.priority, _todo.done_at, _todo.version,
    _todo.created_at, _todo.updated_at,
)  # fmt: skip

# What belongs to todos whose ids are known: asked for at once, and made once, so that SQLAlchemy knows it again.
_THESE: BindParameter[Any] = bindparam("todos", expanding=True)
_BELONGING = union_all(
    select(_person.todo_id, literal_column("'assignee'").label("what"), *_USER)
    .join(User.__table__, _user.id == _person.user_id)
    .where(_person.todo_id.in_(_THESE), _person.is_assigned),
    select(_tag.todo_id, literal_column("'tag'"), null(), _tag.name, null(), null(), null())
    .where(_tag.todo_id.in_(_THESE)),
    select(_file.todo_id, literal_column("'file'"), _file.file_id, null(), null(), null(), null())
    .where(_file.todo_id.in_(_THESE)),
)  # fmt: skip

# Ids begin with the time: to walk along those of a user, the newest first, is to walk along an index.
_ORDERS: dict[Sort, tuple[ColumnElement[Any], ...]] = {
    "-created_at": (_person.todo_id.desc(),),
    "due_on": (_todo.due_day, _todo.priority),
    "priority": (_todo.priority, _todo.due_day),
    "-updated_at": (_todo.updated_at.desc(),),
}


def _seen_by(me: Any) -> Select[Any]:
    """Select what a todo is made of, and its owner, of those that this user sees."""
    return (
        select(*_OWN, *_USER)
        .join(User.__table__, _user.id == _todo.owner_id)
        .join(TodoPerson.__table__, _person.todo_id == _todo.id)
        .where(_person.user_id == me, _todo.deleted_at.is_(None))
    )


_ONE = _seen_by(bindparam("me")).where(_todo.id == bindparam("todo"))


def companions_of(me: Any) -> Select[UUID]:
    """Select the ids of those who see a todo that this user sees as well: of themselves, too."""
    mine = TodoPerson.__table__.alias()
    together = select(_person.user_id).join(mine, mine.c.todo_id == _person.todo_id).where(mine.c.user_id == me)
    return together.join(Todo.__table__, _todo.id == mine.c.todo_id).where(_todo.deleted_at.is_(None))


_COMPANIONS = (
    select(*_USER)
    .where(_user.id.in_(companions_of(bindparam("me"))), _user.id != bindparam("me"), _user.username.is_not(None))
    .order_by(_user.username)
    .limit(100)
)


def companions(session: Session, me: UUID) -> list[SeenPerson]:
    """Return those with whom this user shares todos, if they have a user name to be called by."""
    return [SeenPerson(*row) for row in session.execute(_COMPANIONS, {"me": me})]


def one(session: Session, me: UUID, todo_id: UUID) -> SeenTodo | None:
    """Return a todo, if this user sees it."""
    found = session.execute(_ONE, {"me": me, "todo": todo_id}).one_or_none()
    return next(_whole(session, [found] if found else []), None)


def page(session: Session, me: UUID, *, filters: Filters, sort: Sort, window: Window) -> Page[SeenTodo]:
    """Return a page of what this user sees."""
    rows = _seen_by(me).where(*_conditions(me, filters))
    if sort == "-created_at":
        rows = rows.where(_todo.id <= _newest(me, window))
    found = keyset_page(session, rows, order=_ORDERS[sort], key=_person.todo_id, window=window)
    return Page(list(_whole(session, found.items)), found.next_cursor)


def _newest(me: UUID, window: Window) -> Any:
    """Return with which todo a page begins, at the latest. PostgreSQL would first walk along everybody's newer ones."""
    if window.cursor:
        return read_cursor(window.cursor, [_person.todo_id])[0]
    mine = select(_person.todo_id).where(_person.user_id == me)
    return mine.order_by(_person.todo_id.desc()).limit(1).scalar_subquery()


def _conditions(me: UUID, filters: Filters) -> Iterator[ColumnElement[bool]]:
    match filters.scope:
        case "mine":
            yield _todo.owner_id == me
        case "assigned":
            yield _person.is_assigned
    if filters.done is not None:
        yield _todo.done_at.is_not(None) if filters.done else _todo.done_at.is_(None)
    if filters.priority is not None:
        yield _todo.priority == filters.priority
    if filters.due_from is not None:
        yield (_todo.due_day >= filters.due_from) & (_todo.due_day < SOME_DAY)
    if filters.due_before is not None:
        yield _todo.due_day < filters.due_before
    if filters.tag is not None:
        yield exists().where(_tag.todo_id == _todo.id, _tag.name == filters.tag)
    if filters.assignee is not None:
        other, user = TodoPerson.__table__.alias().c, User.__table__.alias().c
        is_theirs = (other.todo_id == _todo.id, other.is_assigned, other.user_id == user.id)
        yield exists().where(*is_theirs, user.username == filters.assignee)
    if filters.text is not None:
        yield or_(*(column.icontains(filters.text, autoescape=True) for column in (_todo.title, _todo.notes)))


def _whole(session: Session, rows: Sequence[Any]) -> Iterator[SeenTodo]:
    """Yield the todos of these rows, with whom and what belongs to them."""
    if not rows:
        return
    assignees: defaultdict[UUID, list[SeenPerson]] = defaultdict(list)
    tags: defaultdict[UUID, list[str]] = defaultdict(list)
    files: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for todo_id, what, one, name, *more in session.execute(_BELONGING, {"todos": [row[0] for row in rows]}):
        match what:
            case "assignee":
                assignees[todo_id].append(SeenPerson(one, name, *more))
            case "tag":
                tags[todo_id].append(name)
            case "file":
                files[todo_id].append(one)
    for todo_id, title, notes, due_day, priority, done_at, version, created_at, updated_at, *owner in rows:
        yield SeenTodo(
            id=todo_id,
            title=title,
            notes=notes,
            due_on=None if due_day == SOME_DAY else due_day,
            priority=priority,
            done_at=done_at,
            version=version,
            created_at=created_at,
            updated_at=updated_at,
            owner=SeenPerson(*owner),
            assignees=sorted(assignees[todo_id], key=_by_name),
            tags=sorted(tags[todo_id]),
            files=[SeenFile(file_id) for file_id in sorted(files[todo_id])],
        )


def _by_name(person: SeenPerson) -> str:
    return person.username or ""
