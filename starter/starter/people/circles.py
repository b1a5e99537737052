"""What brings people together. A feature in which people share something says so where it is registered:

    acquaint(app, companions_of)

From then on those whom `companions_of(me)` selects are known to `me`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Select

if TYPE_CHECKING:
    from flask import Flask

Circle = Callable[[UUID], Select[UUID]]  # from the id of a user to the ids of those around them

_HERE = "starter.people"


@dataclass(frozen=True, slots=True)
class _Circles:
    """What brings the people of one application together."""

    all: Sequence[Circle] = ()


def acquaint(app: "Flask", circle: Circle) -> None:
    """Let users know those whom this selects for them. Whoever is known so, should know them as well."""
    app.extensions[_HERE] = _Circles((*circles_of(app), circle))


def circles_of(app: "Flask") -> Sequence[Circle]:
    """Return what brings the people of this application together."""
    circles: _Circles = app.extensions.get(_HERE, _Circles())
    return circles.all
