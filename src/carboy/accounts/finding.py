"""Looking up users, by whatever somebody said they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select

from carboy.accounts import emails
from carboy.errors import Invalid, NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from carboy.accounts.room import Accounts

User = Row[Any]

NOBODY = "There is no such user."


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What somebody says they are: an address or a user name, one of them."""

    email: str | None = None
    username: str | None = None

    @property
    def key(self) -> str:
        """One spelling for all of the same account; what is no address or name stays as it is."""
        try:
            return (
                emails.canonical(self.email).key if self.email is not None else emails.username_key(self.username or "")
            )
        except Invalid:
            return self.email or self.username or ""


def find(room: "Accounts", login: Login) -> User | None:
    """Return the user that is meant, if there is one."""
    column = room.users.c.email_normalized if login.email is not None else room.users.c.username
    return _one(room, column == login.key)


def by_id(room: "Accounts", user_id: UUID) -> User | None:
    """Return the user with this id, if there is one."""
    return _one(room, room.users.c.id == user_id)


def by_address(room: "Accounts", key: str) -> User | None:
    """Return the user with this address, if there is one."""
    return _one(room, room.users.c.email_normalized == key)


def must_be(room: "Accounts", user_id: UUID) -> User:
    """Return the user with this id."""
    if (user := by_id(room, user_id)) is None:
        raise NotFound(NOBODY)
    return user


def locked(room: "Accounts", session: "Session", user_id: UUID) -> User | None:
    """Return the user, whom nobody else changes until this transaction ends.

    Whatever changes a sign-in or a mailed link locks its user first: in two orders, two would wait for each other.
    Rows that merely name the user may be written meanwhile, where the database can tell that (key_share).
    """
    wanted = select(room.users).where(room.users.c.id == user_id)
    return session.execute(wanted.with_for_update(key_share=True)).one_or_none()


def locked_unless_ended(room: "Accounts", session: "Session", seen: User) -> User | None:
    """Return the user, locked, unless what they were known by was ended since they were seen.

    That is a new password, or an administrator. A better hash of the same password ends nothing.
    """
    user = locked(room, session, seen.id)
    return user if user and user.token_version == seen.token_version else None


def change(room: "Accounts", session: "Session", user_id: UUID, values: Mapping[str, Any]) -> None:
    """Write these columns of a user."""
    session.execute(room.users.update().where(room.users.c.id == user_id).values(values))


def _one(room: "Accounts", condition: ColumnElement[bool]) -> User | None:
    with room.database.reading() as session:
        return session.execute(select(room.users).where(condition)).one_or_none()
