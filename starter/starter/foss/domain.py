"""The rules of the catalogue: a name belongs to one project, and nobody overwrites what they have not seen.

No HTTP and no SQL: the functions are handed a Backend, and raise what `carboy.errors` has words for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol
from uuid import UUID

from carboy.context import utc_now
from carboy.data import Page, Window, uuid7
from carboy.errors import Conflict, Invalid, NotFound

from starter.foss.models import Details, Foss, key_of

SHORTEST_NAME = 2

Sort = Literal["name", "-created_at"]

# As SPDX names them. The schema file says the same; a test compares the two.
Licence = Literal[
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "curl",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-3.0-or-later",
    "MIT",
    "MPL-2.0",
    "PostgreSQL",
    "PSF-2.0",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which projects are wanted: those under a licence, those with a text in their name."""

    licence: Licence | None = None
    text: str | None = None


class Backend(Protocol):
    """Where projects are kept. Two that differ only in how they speak to the database stand beside this file."""

    def page(self, filters: Filters, sort: Sort, window: Window) -> Page[Foss]:
        """Return one page of the projects that match."""

    def find(self, foss_id: UUID) -> Foss | None:
        """Return the project with this id, if there is one."""

    def named(self, name_key: str) -> Foss | None:
        """Return the project whose name has this key, if there is one."""

    def add(self, foss: Foss) -> None:
        """Keep a new project. The database itself refuses a name that somebody took a moment ago."""

    def store(self, foss: Foss, *, seen: int) -> bool:
        """Keep a changed project if the stored one still has the version that was seen; say whether it had."""

    def remove(self, foss_id: UUID, *, seen: int) -> bool:
        """Remove a project if it still has the version that was seen; say whether it had."""


def search(backend: Backend, filters: Filters, *, sort: Sort, window: Window) -> Page[Foss]:
    """Return one page of the projects that match. Searching knows no upper and lower case."""
    if filters.text is not None:
        filters = replace(filters, text=key_of(filters.text))
    return backend.page(filters, sort, window)


def get(backend: Backend, foss_id: UUID) -> Foss:
    """Return the project with this id."""
    foss = backend.find(foss_id)
    if foss is None:
        raise NotFound(f"There is no project with the id {foss_id}.")
    return foss


def create(backend: Backend, said: Mapping[str, Any]) -> Foss:
    """Put a new project into the catalogue. What can be said of one are the fields of Details."""
    now = utc_now()
    details = _tidy(Details(**said))
    _refuse_taken(backend, details.name)
    foss = Foss(id=uuid7(), details=details, version=1, created_at=now, updated_at=now)
    backend.add(foss)
    return foss


def replace_details(backend: Backend, seen: Foss, said: Mapping[str, Any]) -> Foss:
    """Say everything about a project anew. Whoever hands it in has seen this version of it."""
    return _store(backend, seen, Details(**said))


def change_details(backend: Backend, seen: Foss, changes: Mapping[str, Any]) -> Foss:
    """Change what is given, and leave the rest as it is. None takes away what was said."""
    return _store(backend, seen, replace(seen.details, **changes))


def remove(backend: Backend, seen: Foss) -> None:
    """Take a project out of the catalogue, as it was seen."""
    if not backend.remove(seen.id, seen=seen.version):
        raise _outrun(seen)


def add_missing(backend: Backend, projects: Iterable[Mapping[str, Any]]) -> None:
    """Put those projects into the catalogue whose names are not in it yet."""
    for said in projects:
        if backend.named(key_of(said["name"])) is None:
            create(backend, said)


def _store(backend: Backend, seen: Foss, details: Details) -> Foss:
    details = _tidy(details)
    if details == seen.details:
        return seen
    if key_of(details.name) != key_of(seen.details.name):
        _refuse_taken(backend, details.name)
    foss = replace(seen, details=details, version=seen.version + 1, updated_at=utc_now())
    if not backend.store(foss, seen=seen.version):
        raise _outrun(seen)
    return foss


def _tidy(details: Details) -> Details:
    """Drop blanks that nobody sees: around the name, and doubled inside it."""
    name = " ".join(details.name.split())
    if len(name) < SHORTEST_NAME:
        raise Invalid("A project needs a name.", {"name": [f"At least {SHORTEST_NAME} characters that are not blank."]})
    return replace(details, name=name)


def _refuse_taken(backend: Backend, name: str) -> None:
    if other := backend.named(key_of(name)):
        raise Conflict(f"There is a project called {other.details.name} already. Its id is {other.id}.")


def _outrun(seen: Foss) -> Conflict:
    return Conflict(f"Someone else changed or removed {seen.details.name} first. Load it again and repeat your change.")
