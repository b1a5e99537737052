"""Reads todos as they are shown: by columns, in four statements however many they are.

An entity knows how it was loaded and what was changed of it. To make fifty of them, with whom they concern, takes
several times as long as to ask for columns, and what is only shown needs none of that.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session

from starter.accounts.domain import User
from starter.todos.models import SOME_DAY, Todo, TodoFile, TodoPerson, TodoTag
from starter.todos.seen import SeenFile, SeenPerson, SeenTodo

Value = TypeVar("Value")

# Tables rather than classes: nothing of the ORM takes part.
_todo, _person, _user = Todo.__table__.c, TodoPerson.__table__.c, User.__table__.c
_tag, _file = TodoTag.__table__.c, TodoFile.__table__.c

_USER = (_user.id, _user.username, _user.first_name, _user.last_name, _user.picture_id)
_OWN = (
    _todo.id, _todo.title, _todo.notes, _todo.due_day, _todo.priority, _todo.done_at, _todo.version,
    _todo.created_at, _todo.updated_at,
)  # fmt: skip

# What belongs to todos whose ids are known; made once, so that SQLAlchemy finds again what it made of it.
_THESE: BindParameter[Any] = bindparam("todos", expanding=True)
_ASSIGNEES = (
    select(_person.todo_id, *_USER)
    .join(User.__table__, _user.id == _person.user_id)
    .where(_person.todo_id.in_(_THESE), _person.is_assigned)
)
_TAGS = select(_tag.todo_id, _tag.name).where(_tag.todo_id.in_(_THESE))
_FILES = select(_file.todo_id, _file.file_id).where(_file.todo_id.in_(_THESE)).order_by(_file.file_id)


def seen_by(me: Any) -> Select[Any]:
    """Select what a todo is made of, and its owner, of those that this user sees."""
    return (
        select(*_OWN, *_USER)
        .join(User.__table__, _user.id == _todo.owner_id)
        .join(TodoPerson.__table__, _person.todo_id == _todo.id)
        .where(_person.user_id == me, _todo.deleted_at.is_(None))
    )


_ONE = seen_by(bindparam("me")).where(_todo.id == bindparam("todo"))


def one(session: Session, me: UUID, todo_id: UUID) -> SeenTodo | None:
    """Return a todo, if this user sees it."""
    found = session.execute(_ONE, {"me": me, "todo": todo_id}).one_or_none()
    return next(whole(session, [found] if found else []), None)


def whole(session: Session, rows: Sequence[Any]) -> Iterator[SeenTodo]:
    """Yield the todos of these rows, with whom and what belongs to them."""
    if not rows:
        return
    these = {"todos": [row[0] for row in rows]}
    assignees = _by_todo(session.execute(_ASSIGNEES, these), lambda row: SeenPerson(*row[1:]))
    tags = _by_todo(session.execute(_TAGS, these), lambda row: str(row[1]))
    files = _by_todo(session.execute(_FILES, these), lambda row: SeenFile(row[1]))
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
            files=files[todo_id],
        )


def _by_todo(rows: Iterable[Any], made: Callable[[Any], Value]) -> defaultdict[UUID, list[Value]]:
    found: defaultdict[UUID, list[Value]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(made(row))
    return found


def _by_name(person: SeenPerson) -> str:
    return person.username or ""
