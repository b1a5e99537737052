"""People in the database, by the ORM. A list is one statement, whatever brings its people together."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from carboy.data import Database, Page, Window, keyset_page
from sqlalchemy import ColumnElement, Select, String, func, literal, or_, select, union

from starter.accounts.domain import User
from starter.people.circles import Circle

_FULL_NAME = User.first_name + " " + User.last_name
_SHOWN = func.lower(func.coalesce(func.nullif(func.trim(_FULL_NAME), ""), User.username, ""))
# By what is shown of them. Cut, since a cursor holds it, and must fit into an address whatever the alphabet.
_ORDER = func.substr(_SHOWN, 1, 40, type_=String)


class PeopleBackend:
    """Reads and writes users with the ORM's session; who knows whom, the circles say."""

    def __init__(self, database: Database, circles: Sequence[Circle]) -> None:
        self._database, self._circles = database, circles

    def page(self, me: UUID, text: str | None, window: Window) -> Page[User]:
        """Return a page of those whom this user knows, and of themselves."""
        myself = select(literal(me, User.id.type).label("id"))
        known = union(myself, *(circle(me) for circle in self._circles)).subquery()
        rows = select(User).join(known, known.c.id == User.id)
        if text is not None:
            rows = rows.where(or_(*(name.icontains(text, autoescape=True) for name in (_FULL_NAME, User.username))))
        return keyset_page(self._database.session, rows, order=(_ORDER,), key=User.id, window=window)

    def known_to(self, me: UUID, user_id: UUID) -> User | None:
        """Return a user, if this user knows them, or is them."""
        around = (_holds(circle(me), user_id) for circle in self._circles)
        known = select(User).where(User.id == user_id, or_(User.id == me, *around))
        return self._database.session.scalars(known).one_or_none()

    def user(self, user_id: UUID, *, held: bool = False) -> User | None:
        """Return a user. One who is held nobody else changes until the commit."""
        wanted = select(User).where(User.id == user_id)
        if held:
            wanted = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
        return self._database.session.scalars(wanted).one_or_none()

    def store(self, user: User) -> None:
        """Keep what was changed of a user."""
        self._database.session.add(user)
        self._database.session.flush()


def _holds(circle: Select[Any], user_id: UUID) -> ColumnElement[bool]:
    """Ask a circle for one user alone, who is found without reading all the others."""
    (known,) = circle.selected_columns
    return circle.where(known == user_id).correlate(None).exists()
