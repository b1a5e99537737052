"""What a view answers, when there is more to say than the value itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from flask import Response

Body = TypeVar("Body")


@dataclass(frozen=True)
class Reply(Generic[Body]):
    """A value, with what else its answer says. `etag` is the version of what is shown."""

    body: Body
    etag: int | str | None = field(default=None, kw_only=True)
    headers: Mapping[str, str] = field(default_factory=dict, kw_only=True)

    status: ClassVar[int] = 200


@dataclass(frozen=True)
class Created(Reply[Body]):
    """Something new is there, at this location."""

    location: str = field(kw_only=True)

    status: ClassVar[int] = 201


@dataclass(frozen=True)
class Accepted(Reply[Body]):
    """The work is taken on and will be done; the location says how it goes."""

    location: str = field(default="", kw_only=True)

    status: ClassVar[int] = 202


@dataclass(frozen=True)
class NoContent:
    """Done, and there is nothing to show."""

    headers: Mapping[str, str] = field(default_factory=dict, kw_only=True)

    status: ClassVar[int] = 204


class Bytes(Response):
    """A file, which the view sends itself: whole, a part of it, or nothing to whoever has it already."""
