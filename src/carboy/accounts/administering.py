"""Users, as those who run the application see them: made, found, shut out and let in again, given roles."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, or_, select

from carboy.accounts import emails, ending, finding, mailed, registering
from carboy.accounts.events import happened
from carboy.accounts.refusals import LastAdmin
from carboy.accounts.table import ADMIN, ROLES, SESSIONS, USER
from carboy.context import utc_now
from carboy.data import win_insert
from carboy.data.pages import Page, Window, keyset_page
from carboy.errors import Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from carboy.accounts.finding import User
    from carboy.accounts.room import Accounts, Caller
    from carboy.data import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which users."""

    text: str | None = None  # a part of an address or a name
    role: str | None = None
    is_active: bool | None = None


def create(
    room: "Accounts", email: str, password: str, *, caller: "Caller", role: str = USER, username: str | None = None,
    **more: Any,
) -> UUID:  # fmt: skip
    """Make a user whose address needs no confirming, and return their id."""
    address = emails.canonical(email)
    name = emails.username_key(username) if username else None
    room.passwords.check(password, about=registering.about(address.shown, name, more))
    values = {
        **more,
        **registering.columns_of(address),
        "username": name,
        "password_hash": room.hasher.hash(password),
        "confirmed_at": utc_now(),
        "role": role,
    }
    with room.database.transaction() as session:
        _must_be_role(session, role)
        registering.refuse_taken_name(room, name)
        made = win_insert(session, room.user, values=values, returning=(room.users.c.id,))
        if made is None:
            raise Conflict("There is a user with this address already.")
        happened(room, session, "user.created", caller, user_id=made.id, role=role)
        user_id: UUID = made.id
        return user_id


def search(room: "Accounts", filters: Filters, window: Window) -> "Page[Any]":
    """Return a page of users, the newest first."""
    with room.database.reading() as session:
        users = select(room.user).where(*_conditions(room, filters))
        return keyset_page(session, users, order=(room.user.id.desc(),), key=room.user.id, window=window)


def set_active(room: "Accounts", user_id: UUID, active: bool, *, caller: "Caller") -> None:
    """Let a user in, or shut them out: every sign-in ends at once."""
    with room.database.transaction() as session:
        user = locked(room, session, user_id)
        if user.is_active == active:
            return
        values: dict[str, Any] = {"is_active": active}
        if not active:
            leave_an_admin(room, session, user)
            values["token_version"] = user.token_version + 1
            mailed.forget(session, user)
            ending.end(room, session, SESSIONS.c.user_id == user.id, reason="disabled", caller=caller)
        finding.change(room, session, user.id, values)
        happened(room, session, "user.enabled" if active else "user.disabled", caller, user_id=user.id)


def set_role(room: "Accounts", user_id: UUID, role: str, *, caller: "Caller") -> None:
    """Give a user another role, which holds from their next request."""
    with room.database.transaction() as session:
        user = locked(room, session, user_id)
        _must_be_role(session, role)
        if user.role == role:
            return
        if role != ADMIN:
            leave_an_admin(room, session, user)
        finding.change(room, session, user.id, {"role": role})
        happened(room, session, "user.role", caller, user_id=user.id, before=user.role, now=role)


def end_sessions(room: "Accounts", user_id: UUID, *, caller: "Caller") -> int:
    """End every sign-in of a user, and every mailed link; return how many sign-ins there were."""
    with room.database.transaction() as session:
        user = locked(room, session, user_id)
        finding.change(room, session, user.id, {"token_version": user.token_version + 1})
        mailed.forget(session, user)
        return ending.end(room, session, ending.live(user.id), reason="administrator", caller=caller)


def locked(room: "Accounts", session: "Session", user_id: UUID) -> "User":
    """Return the user, whom nobody else changes; nor does anybody else take an administrator away meanwhile."""
    # One row for all: two administrators who go at once would each see the other, or wait for each other.
    session.execute(select(ROLES.c.name).where(ROLES.c.name == ADMIN).with_for_update(key_share=True))
    if (user := finding.locked(room, session, user_id)) is None:
        raise NotFound(finding.NOBODY)
    return user


def leave_an_admin(room: "Accounts", session: "Session", user: "User") -> None:
    """Refuse to lose the last administrator who can sign in."""
    if user.role != ADMIN or not user.is_active:
        return
    users = room.users.c
    others = select(users.id).where(users.role == ADMIN, users.is_active, users.id != user.id)
    if room.policy.confirmed_only:
        others = others.where(users.confirmed_at.is_not(None))
    if session.execute(others.limit(1)).first() is None:
        raise LastAdmin("This is the last administrator.")


def roles(session: "Session") -> list[str]:
    """Return what users may be."""
    return list(session.scalars(select(ROLES.c.name).order_by(ROLES.c.name)))


def plant_roles(database: "Database") -> None:
    """Insert the two roles that the library knows."""
    with database.transaction() as session:
        for name in (USER, ADMIN):
            win_insert(session, ROLES, values={"name": name}, returning=(ROLES.c.name,))


def _must_be_role(session: "Session", role: str) -> None:
    if role not in (known := roles(session)):
        raise Invalid("There is no such role.", {"role": [f"One of {', '.join(known) or 'none: run `flask seed`'}."]})


def _conditions(room: "Accounts", filters: Filters) -> "list[ColumnElement[bool]]":
    users = room.users.c
    found = []
    if text := (filters.text or "").strip():
        key, name = text.casefold(), text.lower()  # no database folds ß
        keys = [column.contains(key, autoescape=True) for column in (users.email_normalized, users.username)]
        names = [func.lower(column).contains(name, autoescape=True) for column in (users.first_name, users.last_name)]
        found.append(or_(*keys, *names))
    if filters.role is not None:
        found.append(users.role == filters.role)
    if filters.is_active is not None:
        found.append(users.is_active.is_(filters.is_active))
    return found
