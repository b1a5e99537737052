"""The rules of todos: who sees one, who changes it, and what becomes of it.

No HTTP and no SQL: each function is handed where todos are kept, and who asks; what it refuses, it raises. A todo that
is not yours to see is not there.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar
from uuid import UUID

from carboy.context import utc_now
from carboy.data import Page, Window, uuid7
from carboy.errors import Conflict, Invalid, NotFound, Refused

from starter.accounts.domain import User
from starter.todos.models import LONGEST_TAG, LONGEST_TITLE, SOME_DAY, Todo, TodoPerson, TodoTag

if TYPE_CHECKING:
    from carboy.files import Files

    from starter.todos.seen import SeenTodo

UNDO_FOR = timedelta(days=30)
MOST_TAGS, MOST_ASSIGNEES = 20, 50

# Controls of terminals, and marks that turn the rest of a line around: in a mail that is somebody else's line.
_UNSEEN = dict.fromkeys([*range(0x80, 0x85), *range(0x86, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)])

Found = TypeVar("Found")
Sort = Literal["-created_at", "due_on", "priority", "-updated_at"]
Scope = Literal["all", "mine", "assigned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which todos are wanted."""

    scope: Scope = "all"
    done: bool | None = None
    priority: int | None = None
    tag: str | None = None
    assignee: str | None = None  # a user name
    due_from: date | None = None
    due_before: date | None = None
    text: str | None = None  # a part of the title or the notes


class Todos(Protocol):
    """Where todos are kept."""

    def page(self, me: UUID, filters: Filters, sort: Sort, window: Window) -> "Page[SeenTodo]":
        """Return a page of what this user sees."""

    def seen_by(self, me: UUID, todo_id: UUID) -> "SeenTodo | None":
        """Return a todo, if this user sees it."""

    def held_by(self, me: UUID, todo_id: UUID) -> Todo | None:
        """Return a todo to be changed, if this user sees it. Nobody else changes it until the commit."""

    def deleted_by(self, me: UUID, todo_id: UUID) -> Todo | None:
        """Return a todo that was deleted, if this user owns it."""

    def user(self, user_id: UUID) -> User | None:
        """Return the user with this id, if they are still there."""

    def users_named(self, usernames: Collection[str]) -> Sequence[User]:
        """Return the users who have one of these names and may log in."""

    def store(self, todo: Todo) -> None:
        """Keep a new todo, or what was changed of one. One that somebody changed meanwhile is a Conflict."""

    def complete_due_before(self, me: UUID, day: date, now: datetime) -> int:
        """Tick everything open that this user sees and that is due before this day; say how many."""

    def deleted_before(self, moment: datetime, most: int) -> Sequence[Todo]:
        """Return up to so many todos that were deleted before this moment, but for those that somebody has in hand."""

    def remove(self, todo: Todo) -> None:
        """Remove a todo for good."""

    def count(self, me: UUID) -> int:
        """Return how many todos this user sees."""


def search(todos: Todos, me: UUID, filters: Filters, *, sort: Sort, window: Window) -> "Page[SeenTodo]":
    """Return a page of what this user sees."""
    return todos.page(me, filters, sort, window)


def get(todos: Todos, me: UUID, todo_id: UUID) -> "SeenTodo":
    """Return a todo, to be shown."""
    return _there(todos.seen_by(me, todo_id))


def hold(todos: Todos, me: UUID, todo_id: UUID) -> Todo:
    """Return a todo, to be changed. Who would change it as well waits for their turn instead of being refused."""
    return _there(todos.held_by(me, todo_id))


def _there(todo: Found | None) -> Found:
    if todo is None:
        raise NotFound("There is no such todo, or it is not yours to see.")
    return todo


def create(todos: Todos, me: UUID, said: Mapping[str, Any]) -> Todo:
    """Make a todo. Its owner sees it, whoever else is to do it."""
    now, owner = utc_now(), todos.user(me)
    if owner is None:
        raise Conflict("Your account is not there any more.")
    todo = Todo(
        id=uuid7(), created_at=now, owner_id=me, owner=owner, notes="", priority=3, due_on=None, labels=[], files=[]
    )
    todo.people = [TodoPerson(user_id=me, user=owner, is_assigned=False)]
    _apply(todo, said, now)
    _assign(todos, todo, said.get("assignees", ()))
    todos.store(todo)
    return todo


def change(todos: Todos, todo: Todo, changes: Mapping[str, Any]) -> Todo:
    """Change what is given of a todo, and leave the rest as it is."""
    if changes:
        _apply(todo, changes, utc_now())
        todos.store(todo)
    return todo


def assign(todos: Todos, me: UUID, todo: Todo, usernames: Iterable[str]) -> Todo:
    """Say anew who is to do it. Its owner alone does that."""
    _refuse_unless_owner(todo, me, "says who is to do it")
    _assign(todos, todo, usernames)
    return touch(todos, todo)


def leave(todos: Todos, me: UUID, todo: Todo) -> None:
    """Be no longer one of those who are to do it. Nobody has to, whoever said so."""
    mine = next((person for person in todo.people if person.user_id == me and person.is_assigned), None)
    if mine is None:
        raise Conflict("You are not to do it.")
    if todo.owner_id == me:
        mine.is_assigned = False
    else:
        todo.people = [person for person in todo.people if person is not mine]
    touch(todos, todo)


def touch(todos: Todos, todo: Todo) -> Todo:
    """Keep a todo of which no column was changed, but a row beside it: that makes a new version as well."""
    todo.updated_at = utc_now()
    todos.store(todo)
    return todo


def delete(todos: Todos, me: UUID, todo: Todo) -> None:
    """Take a todo away. Its owner alone does that, and can have it back for a while."""
    _refuse_unless_owner(todo, me, "deletes it")
    todo.deleted_at = utc_now()
    todos.store(todo)


def restore(todos: Todos, me: UUID, todo_id: UUID) -> Todo:
    """Bring back what was deleted."""
    todo = todos.deleted_by(me, todo_id)
    if todo is None:
        raise NotFound("There is no such deleted todo of yours.")
    if todo.deleted_at is None:
        raise Conflict("It is not deleted, so there is nothing to bring back.")
    todo.deleted_at = None
    todos.store(todo)
    return todo


def complete_due_before(todos: Todos, me: UUID, day: date) -> int:
    """Tick everything open that is due before this day, and say how many that were."""
    return todos.complete_due_before(me, day, utc_now())


def sweep(todos: Todos, files: "Files", *, most: int = 100) -> int:
    """Remove for good, with its files, some of what was deleted too long ago to be wanted back; say how many."""
    gone = todos.deleted_before(utc_now() - UNDO_FOR, most)
    for todo in gone:
        for file in todo.files:
            files.drop(file.file_id)
        todos.remove(todo)
    return len(gone)


def _refuse_unless_owner(todo: Todo, me: UUID, what: str) -> None:
    if todo.owner_id != me:
        raise Refused(f"Only whoever owns a todo {what}.")


def _apply(todo: Todo, said: Mapping[str, Any], now: datetime) -> None:
    for name in ("notes", "due_on", "priority"):
        if name in said:
            setattr(todo, name, said[name])
    if said.get("due_on") == SOME_DAY:
        raise Invalid("That day is too far away.", {"due_on": [f"Before {SOME_DAY}. Without a date, leave it out."]})
    if "title" in said:
        todo.title = _tidy_title(said["title"])
    if "tags" in said:
        _label(todo, said["tags"])
    if "done" in said:
        todo.done_at = (todo.done_at or now) if said["done"] else None
    todo.updated_at = now  # a tag is no column of its own, and makes a new version all the same


def _tidy_title(title: str) -> str:
    tidy = one_line(title)
    if not 1 <= len(tidy) <= LONGEST_TITLE:
        raise Invalid("A todo needs a title.", {"title": [f"1 to {LONGEST_TITLE} characters, not all of them blank."]})
    return tidy


def one_line(text: str) -> str:
    """Return the text without needless blanks and unseen marks: nothing at all, if there is nothing to be seen."""
    seen = unicodedata.normalize("NFC", text.translate(_UNSEEN))
    is_blank = all(unicodedata.category(letter)[0] in "CZ" for letter in seen)
    return "" if is_blank else " ".join(seen.split())


def tidy_tag(tag: str) -> str:
    """Return the one way in which a tag is kept, and looked for: in small letters, without blanks around it."""
    return one_line(one_line(tag).casefold())


def tidy_tags(tags: Iterable[str]) -> list[str]:
    """Return each tag once."""
    tidy = sorted({tidy_tag(tag) for tag in tags})
    if len(tidy) > MOST_TAGS or not all(1 <= len(tag) <= LONGEST_TAG and "," not in tag for tag in tidy):
        sentence = f"{MOST_TAGS} at most, each of 1 to {LONGEST_TAG} characters, in small letters, and none a comma."
        raise Invalid("Those are no tags.", {"tags": [sentence]})
    return tidy


def _label(todo: Todo, tags: Iterable[str]) -> None:
    wanted = tidy_tags(tags)
    kept = [label for label in todo.labels if label.name in wanted]
    there = {label.name for label in kept}
    todo.labels = [*kept, *(TodoTag(name=tag) for tag in wanted if tag not in there)]


def _assign(todos: Todos, todo: Todo, usernames: Iterable[str]) -> None:
    wanted = {name.casefold() for name in usernames}
    if len(wanted) > MOST_ASSIGNEES:
        raise Invalid("Those are too many.", {"assignees": [f"{MOST_ASSIGNEES} at most."]})
    users = {user.id: user for user in todos.users_named(wanted)} if wanted else {}
    users |= {user.id: user for user in todo.assignees if user.username in wanted}  # who may not log in now, stays
    if unknown := wanted - {user.username for user in users.values()}:
        raise Invalid("Somebody is not known here.", {"assignees": [f"Nobody is called {', '.join(sorted(unknown))}."]})
    there = {person.user_id: person for person in todo.people}
    for person in todo.people:
        person.is_assigned = person.user_id in users
    stay = [person for person in todo.people if person.is_assigned or person.user_id == todo.owner_id]
    come = [TodoPerson(user_id=user.id, user=user, is_assigned=True) for user in users.values() if user.id not in there]
    todo.people = [*stay, *come]
