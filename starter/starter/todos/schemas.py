"""What goes over the wire about todos."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from carboy.web import MISSING, ListQuery, Schema
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from starter.todos import domain, exports

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
AN_EXAMPLE: JsonDict = {
    "title": "Buy milk",
    "notes": "Two litres",
    "due_on": "2026-12-24",
    "priority": 2,
    "tags": ["home"],
}

Title = Annotated[str, Field(min_length=1, max_length=200, pattern=ONE_LINE, description="What is to be done.")]
Notes = Annotated[str, Field(max_length=20_000, description="What else there is to say.")]
Priority = Annotated[int, Field(ge=1, le=5, description="1 is the most urgent.")]
Tag = Annotated[str, Field(min_length=1, max_length=40, pattern=ONE_LINE)]
Tags = Annotated[list[Tag], Field(max_length=domain.MOST_TAGS, description="Words by which it is found again.")]
Username = Annotated[str, Field(min_length=3, max_length=64)]
Usernames = Annotated[list[Username], Field(max_length=domain.MOST_ASSIGNEES, description="Who is to do it.")]


class NewTodo(Schema):
    """A new todo."""

    model_config = ConfigDict(json_schema_extra={"examples": [AN_EXAMPLE]})

    title: Title
    notes: Notes = ""
    due_on: date | None = None
    priority: Priority = 3
    tags: Tags = Field(default=[])
    assignees: Usernames = Field(default=[])


class ChangeTodo(Schema):
    """What changes about a todo; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"done": True}]})

    title: Title | MISSING = MISSING
    notes: Notes | MISSING = MISSING
    due_on: date | MISSING | None = MISSING
    priority: Priority | MISSING = MISSING
    tags: Tags | MISSING = MISSING
    done: bool | MISSING = MISSING


class Assignees(Schema):
    """Who is to do it, all of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"assignees": []}]})

    assignees: Usernames


class DueBefore(Schema):
    """Up to which day."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"due_before": "2026-12-24"}]})

    due_before: date


class Digest(Schema):
    """Whether one is sent a mail each morning on which a todo is due."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"wanted": False}]})

    wanted: bool


class Completed(Schema):
    """What was ticked."""

    completed: Annotated[int, Field(description="How many.")]


class Person(Schema):
    """A user, as others see them: never their address."""

    id: UUID
    username: str | None
    full_name: str


class AttachmentOut(Schema):
    """A file that hangs on a todo."""

    id: UUID
    name: Annotated[str, Field(description="What its sender called it.")]
    media_type: str
    size: Annotated[int, Field(description="Bytes.")]
    created_at: datetime
    url: Annotated[str, Field(description="Where its bytes are.")]


class NewExport(Schema):
    """An export of all that one sees."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"format": "csv"}]})

    format: Annotated[exports.Format, Field(description="zip has both others, and the attachments.")]


class TodoOut(Schema):
    """A todo."""

    id: UUID
    title: str
    notes: str
    due_on: date | None
    priority: int
    done: bool
    done_at: datetime | None
    tags: list[str]
    owner: Person
    assignees: list[Person]
    attachments: list[AttachmentOut]
    version: int
    created_at: datetime
    updated_at: datetime


class TodoQuery(ListQuery):
    """Which todos, in which order."""

    sort: Annotated[domain.Sort, Field(description="The newest first, or by date, urgency or last change.")] = (
        "-created_at"
    )
    scope: Annotated[domain.Scope, Field(description="Mine, those that I am to do, or both.")] = "all"
    done: bool | None = None
    priority: Priority | None = None
    tag: Tag | None = None
    assignee: Username | None = None
    due_from: date | None = None
    due_before: date | None = None
    q: Annotated[str | None, Field(min_length=1, max_length=200, description="A part of the title or notes.")] = None

    @property
    def filters(self) -> domain.Filters:
        """Return which todos are wanted."""
        names = ("scope", "done", "priority", "due_from", "due_before")
        return domain.Filters(
            **{name: getattr(self, name) for name in names},
            tag=domain.tidy_tag(self.tag) if self.tag else None,
            assignee=self.assignee.casefold() if self.assignee else None,
            text=self.q,
        )
