"""A refresh token is used once, and gives the next. Shown again, it ends the whole sign-in, whoever shows it.

But whoever sends it twice at once, or had no answer, is given the same next one for some seconds, as long as that one
is unused: a retry is no theft.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import select

from carboy.accounts import ending, finding, sessions
from carboy.accounts.budgets import Scope
from carboy.accounts.refusals import RefreshReused, TokenExpired, TokenInvalid, TokenRevoked
from carboy.accounts.signing import REFRESH, Claims
from carboy.accounts.table import REFRESH_TOKENS, SESSIONS
from carboy.context import utc_now
from carboy.data import win_update

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from carboy.accounts.room import Accounts, Caller
    from carboy.accounts.sessions import Tokens

_ROW = REFRESH_TOKENS.c


def refresh(room: "Accounts", token: str, *, caller: "Caller") -> "Tokens":
    """Return the tokens that follow this one."""
    said = room.signer.read(token, REFRESH)
    room.budgets.of(Scope.REFRESH).spend(str(said.session_id))
    with room.database.transaction() as session:
        row, version = _sign_in(room, session, said)
        following = uuid4()
        if _use(session, said, following):
            return sessions.issue(room, session, row, version=version, jti=following)
        again = _answered_before(room, session, said)
        if again is not None:
            return sessions.tokens(room, row, again, version=version)
        ending.end(room, session, SESSIONS.c.id == row.id, reason="refresh-reuse", caller=caller, at_any_rate=True)
        raise RefreshReused


def _sign_in(room: "Accounts", session: "Session", said: Claims) -> tuple["Row[Any]", int]:
    user = finding.locked(room, session, said.user_id)
    row = session.execute(select(SESSIONS).where(SESSIONS.c.id == said.session_id).with_for_update()).one_or_none()
    if row is None or row.revoked_at or user is None or not user.is_active or row.user_id != user.id:
        raise TokenRevoked
    if row.expires_at <= utc_now():
        raise TokenExpired
    return row, user.token_version


def _use(session: "Session", said: Claims, following: UUID) -> bool:
    unused = (_ROW.jti == said.jti) & (_ROW.session_id == said.session_id) & _ROW.used_at.is_(None)
    used = {"used_at": utc_now(), "replaced_by": following}
    return win_update(session, REFRESH_TOKENS, where=unused, values=used, returning=(_ROW.jti,)) is not None


def _answered_before(room: "Accounts", session: "Session", said: Claims) -> Claims | None:
    """Return what the next token says, if it may be given once more."""
    row = session.execute(select(REFRESH_TOKENS).where(_ROW.jti == said.jti)).one_or_none()
    if row is None:
        raise TokenInvalid
    following = session.execute(select(REFRESH_TOKENS).where(_ROW.jti == row.replaced_by)).one_or_none()
    is_late = utc_now() - row.used_at > room.policy.reuse_grace
    if is_late or following is None or following.used_at is not None:
        return None
    return Claims(
        user_id=said.user_id,
        session_id=said.session_id,
        jti=following.jti,
        issued_at=following.issued_at,
        expires_at=following.expires_at,
    )
