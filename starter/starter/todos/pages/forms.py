"""What the forms of todos send. The contract is that of the API; a line of text stands for a list."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from carboy.web import Schema
from pydantic import Field

from starter.todos import domain
from starter.todos.schemas import Notes, Priority, Title, TodoQuery

if TYPE_CHECKING:
    from starter.todos.models import Todo
    from starter.todos.seen import SeenTodo

State = Literal["open", "done", "all"]
Words = Annotated[str, Field(max_length=1000)]

FIELDS = ("title", "notes", "due_on", "priority", "tags")  # of a todo, on its page; its line has no notes

_DONE: dict[State, bool | None] = {"open": False, "done": True, "all": None}


class ListForm(TodoQuery):
    """Which todos a page lists: those that are open, if nobody says more."""

    state: State = "open"

    @property
    def wanted(self) -> domain.Filters:
        """Return which todos are wanted."""
        return replace(self.filters, done=_DONE[self.state])


class AddForm(Schema):
    """A new todo: a title is enough."""

    title: Title
    due_on: date | None = None
    priority: Priority = 3
    tags: Words = ""
    assignees: Words = ""

    def said(self) -> dict[str, Any]:
        """Return what is said of the todo."""
        return {**self.model_dump(), "tags": words_in(self.tags), "assignees": words_in(self.assignees)}


class LineForm(Schema):
    """What is said of a todo in its line of the list, and what stood there before."""

    title: Title
    due_on: date | None = None
    priority: Priority = 3
    tags: Words = ""
    version: int
    seen: Annotated[str, Field(max_length=200_000)] = ""

    def said(self) -> dict[str, Any]:
        """Return what is said of the todo."""
        return {**self.model_dump(exclude={"version", "seen"}), "tags": words_in(self.tags)}


class EditForm(LineForm):
    """Everything that is said of a todo."""

    notes: Notes = ""


class DoneForm(Schema):
    """Whether it is done."""

    done: bool


class PeopleForm(Schema):
    """Who is to do it: those that are ticked, those that were, and others that were typed."""

    assignees: Annotated[list[str], Field(max_length=1000)] = Field(default=[])
    were: Annotated[list[str], Field(max_length=1000)] = Field(default=[])
    others: Words = ""

    def said(self, now: Iterable[str]) -> list[str]:
        """Return the user names of all, those that came or left meanwhile among them."""
        left = {*self.were} - {*self.assignees}
        came = [name for name in self.assignees if name and name not in self.were]
        return [*(name for name in now if name not in left), *came, *words_in(self.others)]


def words_in(text: str) -> list[str]:
    """Return what stands between the commas."""
    return [word for word in (part.strip() for part in text.split(",")) if word]


def as_shown(todo: "Todo | SeenTodo") -> dict[str, str]:
    """Return what stands in the fields of this todo."""
    return {
        "title": todo.title,
        "notes": todo.notes,
        "due_on": str(todo.due_on or ""),
        "priority": str(todo.priority),
        "tags": ", ".join(todo.tags),
    }


def touched(typed: Mapping[str, str], seen: str) -> set[str]:
    """Return the fields in which something else was typed than stood there, as far as that is known: else all."""
    try:
        stood = json.loads(seen)
    except ValueError:
        stood = None
    stood = stood if isinstance(stood, dict) else {}
    return {name for name in FIELDS if name in typed and _plain(typed[name]) != _plain(stood.get(name))}


def _plain(text: object) -> object:
    return text.replace("\r\n", "\n") if isinstance(text, str) else text
