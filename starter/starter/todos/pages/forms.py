"""What the forms of todos send. The contract is that of the API; a line of text stands for a list."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from carboy.web import Schema
from starter.todos import domain
from starter.todos.schemas import Notes, Priority, Title, TodoQuery

State = Literal["open", "done", "all"]
Words = Annotated[str, Field(max_length=1000)]

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
    """What is said of a todo in its line of the list, and the version that it was said of."""

    title: Title
    due_on: date | None = None
    priority: Priority = 3
    tags: Words = ""
    version: int

    def said(self) -> dict[str, Any]:
        """Return what is said of the todo."""
        return {**self.model_dump(exclude={"version"}), "tags": words_in(self.tags)}


class EditForm(LineForm):
    """Everything that is said of a todo."""

    notes: Notes = ""


class DoneForm(Schema):
    """Whether it is done."""

    done: bool


class PeopleForm(Schema):
    """Who is to do it: those that were ticked, and others that were typed."""

    assignees: Annotated[list[str], Field(max_length=1000)] = Field(default=[])
    others: Words = ""

    def said(self) -> list[str]:
        """Return their user names."""
        return [*filter(None, self.assignees), *words_in(self.others)]


def words_in(text: str) -> list[str]:
    """Return what stands between the commas."""
    return [word for word in (part.strip() for part in text.split(",")) if word]
