"""Sign-ins: begun with a row, given what they are held by, shown to their owner. ending.py ends them.

What a program gets is given to it once; the row keeps digests.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import Row, bindparam, delete, insert, select, update

from carboy.accounts import ending, opaque
from carboy.accounts.refusals import TokenRevoked
from carboy.accounts.room import HERE, MOST_SESSIONS, Accounts, Caller
from carboy.accounts.signing import Claims
from carboy.accounts.table import REFRESH_TOKENS, SESSIONS, Kind
from carboy.context import utc_now
from carboy.data.model import uuid7

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from carboy.accounts.finding import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What a sign-in with tokens of ours is held by; a browser gets no update token."""

    session_id: UUID
    user_id: UUID
    session_token: str
    update_token: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a sign-in with JWTs is held by."""

    session_id: UUID
    access_token: str
    refresh_token: str
    access_expires_in: int
    refresh_expires_in: int


Held = Pair | Tokens


_ROW = SESSIONS.c
_WANTED = _ROW.id == bindparam("wanted")
_GET = select(SESSIONS).where(_WANTED)
_CHANGE = update(SESSIONS).where(_WANTED)
_FORGET_REFRESH_TOKENS = delete(REFRESH_TOKENS).where(REFRESH_TOKENS.c.session_id == bindparam("wanted"))
_ADD_REFRESH_TOKEN = insert(REFRESH_TOKENS)


def begin(room: Accounts, session: "Session", user: "User", *, kind: Kind, caller: Caller) -> Held:
    """Begin a sign-in, in the transaction that is open here."""
    now = utc_now()
    row = {
        "id": uuid7(),
        "user_id": user.id,
        "kind": kind,
        "expires_at": now + room.policy.session_lifetime,
        "absolute_expires_at": now + room.policy.session_absolute_lifetime,
        "authenticated_at": now,
        **caller.kept(),
    }
    session.execute(insert(SESSIONS), row)
    _end_the_oldest(room, session, user.id)
    return hold(room, session, row["id"], version=user.token_version)


def hold(room: Accounts, session: "Session", session_id: UUID, *, version: int) -> Held:
    """Give a sign-in new tokens of its kind.

    The old ones are dead, but for an access token: it has its own short end, unless the user's `version` goes on.
    """
    row = session.execute(_GET, {"wanted": session_id}).one_or_none()
    if row is None or row.revoked_at:
        raise TokenRevoked
    return _hold_by_jwt(room, session, row, version) if row.kind == Kind.JWT else _hold_by_pair(room, session, row)


def _hold_by_pair(room: Accounts, session: "Session", row: Row[Any]) -> Pair:
    held = new_pair(room, row)
    session.execute(_CHANGE, {"wanted": row.id, **kept_of(held), "previous_update_token": None})
    return held


def _hold_by_jwt(room: Accounts, session: "Session", row: Row[Any], version: int) -> Tokens:
    session.execute(_FORGET_REFRESH_TOKENS, {"wanted": row.id})
    return issue(room, session, row, version=version, jti=uuid4())


def new_pair(room: Accounts, row: Row[Any]) -> Pair:
    """Draw new tokens of ours for a sign-in."""
    is_api = row.kind == Kind.API
    return Pair(
        session_id=row.id,
        user_id=row.user_id,
        session_token=opaque.draw(opaque.SESSION if is_api else opaque.BROWSER),
        update_token=opaque.draw(opaque.UPDATE) if is_api else None,
        expires_at=until(room.policy.session_lifetime, row),
    )


def kept_of(held: Pair) -> dict[str, Any]:
    """Return what the row keeps of a pair of tokens."""
    return {
        "session_token": opaque.digest(held.session_token),
        "update_token": opaque.digest(held.update_token) if held.update_token else None,
        "expires_at": held.expires_at,
    }


def until(lifetime: timedelta, row: Row[Any]) -> datetime:
    """Return when something that begins now and lives so long ends: not after its sign-in."""
    ends: datetime = min(utc_now() + lifetime, row.absolute_expires_at)
    return ends


def issue(room: Accounts, session: "Session", row: Row[Any], *, version: int, jti: UUID) -> Tokens:
    """Give a sign-in a refresh token of this name, and an access token."""
    refresh = Claims(
        user_id=row.user_id,
        session_id=row.id,
        jti=jti,
        issued_at=utc_now(),
        expires_at=until(room.policy.refresh_lifetime, row),
    )
    kept = {"jti": jti, "session_id": row.id, "issued_at": refresh.issued_at, "expires_at": refresh.expires_at}
    session.execute(_ADD_REFRESH_TOKEN, kept)
    session.execute(_CHANGE, {"wanted": row.id, "expires_at": refresh.expires_at})
    return tokens(room, row, refresh, version=version)


def tokens(room: Accounts, row: Row[Any], refresh: Claims, *, version: int) -> Tokens:
    """Return this refresh token, which is always the same, with a new access token."""
    room.store.check()  # one that has lost its data begins anew: before this token, or it would refuse it
    now = utc_now()
    ends = until(room.policy.access_lifetime, row)
    access = replace(
        refresh, jti=uuid4(), issued_at=now, expires_at=ends, version=version, proven_at=row.authenticated_at
    )
    return Tokens(
        session_id=row.id,
        access_token=room.signer.access(access),
        refresh_token=room.signer.refresh(refresh),
        access_expires_in=int((ends - now).total_seconds()),
        refresh_expires_in=int((refresh.expires_at - now).total_seconds()),
    )


def list_of(room: Accounts, user_id: UUID) -> Sequence[Row[Any]]:
    """Return the sign-ins of a user that still hold, the newest first."""
    with room.database.reading() as session:
        return session.execute(select(SESSIONS).where(ending.live(user_id)).order_by(_ROW.id.desc())).all()


def _end_the_oldest(room: Accounts, session: "Session", user_id: UUID) -> None:
    oldest = select(_ROW.id).where(ending.live(user_id)).order_by(_ROW.id.desc()).offset(MOST_SESSIONS)
    if beyond := session.scalars(oldest.limit(MOST_SESSIONS)).all():
        ending.end(room, session, _ROW.id.in_(beyond), reason="too-many", caller=HERE)
