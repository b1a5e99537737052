"""The update token of a sign-in is used once, and gives a new pair. Shown again, it ends the sign-in.

There is no grace here: we keep no token, so nobody can be given the same one twice.
"""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, or_, select, update

from carboy.accounts import ending, finding, opaque, sessions
from carboy.accounts.refusals import TokenExpired, TokenInvalid, TokenRevoked, UpdateTokenReused
from carboy.accounts.table import SESSIONS, Kind
from carboy.context import utc_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from carboy.accounts.room import Accounts, Caller
    from carboy.accounts.sessions import Pair

_ID = SESSIONS.c.id


def renew(room: "Accounts", update_token: str, *, caller: "Caller") -> "Pair":
    """Return the pair that follows this update token."""
    old = opaque.digest(update_token)
    with room.database.transaction() as session:
        row = _sign_in(room, session, old)
        if row.update_token != old:
            ending.end(room, session, row.id == _ID, reason="update-reuse", caller=caller)
            raise UpdateTokenReused
        pair = sessions.new_pair(room, row)
        kept = sessions.kept_of(pair)
        session.execute(update(SESSIONS).where(row.id == _ID).values(**kept, previous_update_token=old))
        return pair


def _sign_in(room: "Accounts", session: "Session", old: str) -> Row[Any]:
    """Return the sign-in that has or had this token, which nobody else changes meanwhile."""
    either = or_(SESSIONS.c.update_token == old, SESSIONS.c.previous_update_token == old)
    owner = session.scalar(select(SESSIONS.c.user_id).where(either))
    user = finding.locked(room, session, owner) if owner else None
    row = session.execute(select(SESSIONS).where(either).with_for_update()).one_or_none()
    if row is None or row.kind != Kind.API:
        raise TokenInvalid
    if row.revoked_at or user is None or not user.is_active:
        raise TokenRevoked
    if row.absolute_expires_at <= utc_now():
        raise TokenExpired
    return row
