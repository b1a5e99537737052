"""What goes over the wire about people."""

from typing import Annotated
from uuid import UUID

from carboy.web import ListQuery, Schema
from pydantic import Field


class PersonOut(Schema):
    """Somebody whom one knows here: never their address, nor their role, nor whether they log in."""

    id: UUID
    username: str | None
    full_name: str
    picture_url: Annotated[str | None, Field(description="Where their picture is, if they have one.")]


class PeopleQuery(ListQuery):
    """Which people."""

    q: Annotated[str | None, Field(min_length=1, max_length=120, description="A part of a name.")] = None
