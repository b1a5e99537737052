"""Who holds this token? One statement finds the sign-in, its user, and whether the token was ended."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, false, select

from carboy.accounts import opaque
from carboy.accounts.refusals import TokenExpired, TokenInvalid, TokenRevoked
from carboy.accounts.signing import ACCESS
from carboy.accounts.table import SESSIONS, Kind
from carboy.context import utc_now

if TYPE_CHECKING:
    from sqlalchemy import Table

    from carboy.accounts.room import Accounts
    from carboy.accounts.signing import Claims

SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Whoever holds a token."""

    user_id: UUID
    session_id: UUID
    kind: Kind
    role: str
    proven_at: datetime
    expires_at: datetime
    jti: str = ""  # of an access token


def by_token(room: "Accounts", token: str, kind: Kind) -> Known:
    """Return who holds this token of ours, of a program or a browser."""
    row = room.database.look_up(_by_digest(room.users), {"digest": opaque.digest(token)})
    if row is None or row.kind != kind:
        raise TokenInvalid
    _refuse_what_has_ended(row)
    _note_seen(room, row)
    return _known(row)


def by_access_token(room: "Accounts", token: str) -> Known:
    """Return who holds this access token."""
    said = room.signer.read(token, ACCESS)
    names = [f"jti:{said.jti}", f"sid:{said.session_id}"]
    values: dict[str, Any] = {"wanted": said.session_id}
    if room.store.revoked is not None:
        values |= {"jti": names[0], "sid": names[1]}
    elif room.store.is_revoked(names, said.issued_at):
        raise TokenRevoked
    row = room.database.look_up(_by_id(room.users, room.store.revoked), values)
    if row is None or row.is_named_revoked or not _is_meant(row, said):
        raise TokenRevoked
    _refuse_what_has_ended(row)
    _note_seen(room, row)
    return _known(row, jti=str(said.jti), proven_at=said.proven_at or row.authenticated_at, expires_at=said.expires_at)


def holding(room: "Accounts", sessions: Collection[UUID]) -> dict[UUID, str]:
    """Return which of these sign-ins still hold, each with the role of its user. It counts as no visit of theirs."""
    row = SESSIONS.c
    found = _joined(room.users).where(
        row.id.in_(sessions), row.revoked_at.is_(None), row.expires_at > utc_now(), room.users.c.is_active
    )
    with room.database.reading() as session:
        return {one.id: one.role for one in session.execute(found)}


def _is_meant(row: Row[Any], said: "Claims") -> bool:
    """Whether a token of this sign-in, of its user, still counts."""
    is_meant: bool = (row.kind, row.user_id, row.token_version) == (Kind.JWT, said.user_id, said.version)
    return is_meant


def _refuse_what_has_ended(row: Row[Any]) -> None:
    if row.revoked_at is not None or not row.is_active:
        raise TokenRevoked
    if row.expires_at <= utc_now():
        raise TokenExpired


def _note_seen(room: "Accounts", row: Row[Any]) -> None:
    now, lifetime, ends_at = utc_now(), room.policy.session_lifetime, row.expires_at
    if now - row.last_seen_at < min(SEEN_EVERY, lifetime / 4):
        return
    if row.kind == Kind.BROWSER and ends_at - now < lifetime / 2:
        ends_at = min(now + lifetime, row.absolute_expires_at)
    room.notes.seen(row.id, now, by=row.user_id, ends_at=ends_at)


def _known(row: Row[Any], **said: Any) -> Known:
    found = {"proven_at": row.authenticated_at, "expires_at": row.expires_at, **said}
    return Known(user_id=row.user_id, session_id=row.id, kind=Kind(row.kind), role=row.role, **found)


@lru_cache(maxsize=8)
def _by_digest(users: "Table") -> Select[Any]:
    return _joined(users).where(SESSIONS.c.session_token == bindparam("digest"))


@lru_cache(maxsize=8)
def _by_id(users: "Table", revoked: Any) -> Select[Any]:
    is_revoked = revoked(bindparam("jti"), bindparam("sid")) if revoked else false()
    return _joined(users).add_columns(is_revoked.label("is_named_revoked")).where(SESSIONS.c.id == bindparam("wanted"))


def _joined(users: "Table") -> Select[Any]:
    row = SESSIONS.c
    return select(
        row.id, row.user_id, row.kind, row.expires_at, row.absolute_expires_at, row.authenticated_at,
        row.last_seen_at, row.revoked_at, users.c.role, users.c.is_active, users.c.token_version,
    ).join(users, users.c.id == row.user_id)  # fmt: skip
