"""Looking up what happened to accounts, and by whom: the newest first, for those who have to find out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from carboy.accounts.table import AUTH_EVENTS
from carboy.data.pages import Page, Window, keyset_page

if TYPE_CHECKING:
    from carboy.accounts.room import Accounts

_ROW = AUTH_EVENTS.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events."""

    event: str | None = None
    user_id: UUID | None = None
    ip: str | None = None


def events(room: "Accounts", wanted: Wanted, window: Window) -> "Page[Any]":
    """Return a page of events, each with the address of its user while there is one."""
    named = select(*_ROW, room.users.c.email).join(room.users, room.users.c.id == _ROW.user_id, isouter=True)
    with room.database.reading() as session:
        return keyset_page(
            session, named.where(*_conditions(wanted)), order=(_ROW.id.desc(),), key=_ROW.id, window=window
        )


def people_behind(room: "Accounts", rows: Iterable[Any]) -> Mapping[str, str]:
    """Return the addresses of those who did this to others, by the name that stands in `by`."""
    return addresses(room, [row.detail["by"] for row in rows if row.detail and "by" in row.detail])


def addresses(room: "Accounts", askers: Iterable[str | None]) -> Mapping[str, str]:
    """Return the address of each asker who is a user, by the name under which they asked: `user:<id>`."""
    ids = {asker: user_id for asker in askers if asker and (user_id := _user_of(asker))}
    if not ids:
        return {}
    users = room.users.c
    with room.database.reading() as session:
        found = session.execute(select(users.id, users.email).where(users.id.in_(set(ids.values())))).all()
    named = {row.id: row.email for row in found}
    return {asker: named[user_id] for asker, user_id in ids.items() if user_id in named}


def _user_of(asker: str) -> UUID | None:
    kind, _, said = asker.partition(":")
    try:
        return UUID(said) if kind == "user" else None
    except ValueError:
        return None


def _conditions(wanted: Wanted) -> list[Any]:
    columns = {_ROW.event: wanted.event, _ROW.user_id: wanted.user_id, _ROW.ip: wanted.ip}
    return [column == value for column, value in columns.items() if value is not None]
