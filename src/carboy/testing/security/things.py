"""What a project has made for these laws: things that belong to somebody, and links that were sent by mail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Maker = Callable[..., Any]  # its arguments are fixtures
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that belongs to a user: the variable parts of its address, and a body that its view takes.

    On an API a form is one with a file: `form={"file": (BytesIO(b"…"), "list.txt", "text/plain")}`.
    """

    parts: Mapping[str, Any]
    json: Any = None
    form: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was sent by mail: its token, and the form on the page behind it that uses it up."""

    token: str
    post: str
    form: Mapping[str, Any] = field(default_factory=dict)
