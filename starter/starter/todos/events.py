"""What happens to todos, told to the browsers of those who see them. What travels is an id: who hears it asks again."""

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from carboy.data.flask import db
from carboy.live.flask import live

from starter.todos.backend import TodosBackend

if TYPE_CHECKING:
    from carboy.web.identity import Identity

    from starter.todos.models import Todo

MINE = "todos:mine"


def my_room(who: "Identity") -> str:
    """Return the room in which somebody hears of the todos that they see."""
    return _room(who.user_id)


def todos_here() -> TodosBackend:
    """Return the todos of the application that is at work, which tell what happens to them."""
    return TodosBackend(db(), _tell)


def _tell(people: Collection[UUID], todo: "Todo | None") -> None:
    what = {"id": todo.id, "version": todo.version} if todo else None
    for user_id in people:
        live().publish(_room(user_id), "todos:changed", what)


def _room(user_id: UUID | None) -> str:
    return f"todos:{user_id}"
