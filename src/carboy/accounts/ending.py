"""How sign-ins end: with their row, whatever their form. Everything that a user or an administrator ends, ends here."""

import logging
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, select, update

from carboy.accounts import finding
from carboy.accounts.events import happened, session_revoked
from carboy.accounts.revocation import RevocationUnavailable
from carboy.accounts.table import SESSIONS, Kind
from carboy.context import utc_now
from carboy.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from carboy.accounts.room import Accounts, Caller

log = logging.getLogger("carboy.accounts")

BY_OWNER = "by-owner"

_ROW = SESSIONS.c


def live(user_id: UUID) -> ColumnElement[bool]:
    """Which sign-ins of a user still hold, or can be made to: a program's pair is renewed after it has expired."""
    ends = case((_ROW.kind == Kind.API, _ROW.absolute_expires_at), else_=_ROW.expires_at)
    return and_(_ROW.user_id == user_id, _ROW.revoked_at.is_(None), ends > utc_now())


def end_one(room: "Accounts", user_id: UUID, session_id: UUID, *, caller: "Caller", reason: str = BY_OWNER) -> None:
    """End one sign-in of this user. One of somebody else is not there."""
    with room.database.transaction() as session:
        which = live(user_id) & (_ROW.id == session_id)
        if not end(room, session, which, reason=reason, caller=caller):
            raise NotFound("There is no such sign-in, or it is not yours.")


def end_others(room: "Accounts", user_id: UUID, *, but: UUID, caller: "Caller") -> int:
    """End every sign-in of this user `but` the one that asks, and return how many."""
    with room.database.transaction() as session:
        return end(room, session, live(user_id) & (_ROW.id != but), reason=BY_OWNER, caller=caller)


def end(
    room: "Accounts", session: "Session", which: ColumnElement[bool], *, reason: str, caller: "Caller",
    token: str = "", at_any_rate: bool = False,
) -> int:  # fmt: skip
    """End these sign-ins in every form that they have, in the transaction that is open here, and return how many.

    `token` names an access token that ends by name as well. Where ended JWTs are known is told first: if it cannot be
    told, nothing is changed, unless it must end `at_any_rate`: its row says so as well. Of the others only rows know.
    """
    _lock_owners(room, session, which)
    found = session.execute(select(SESSIONS).where(which, _ROW.revoked_at.is_(None)).with_for_update()).all()
    names = [f"sid:{row.id}" for row in found if row.kind == Kind.JWT] + ([f"jti:{token}"] if token else [])
    if names:
        _tell_store(room, names, reason, at_any_rate=at_any_rate)
    if not found:
        return 0
    ended = {"revoked_at": utc_now(), "revoked_reason": reason}
    session.execute(update(SESSIONS).where(_ROW.id.in_([row.id for row in found])).values(ended))
    for row in found:
        _note_end(room, session, row, reason=reason, caller=caller)
    return len(found)


def _tell_store(room: "Accounts", names: list[str], reason: str, *, at_any_rate: bool) -> None:
    try:
        room.store.revoke(names, utc_now() + room.policy.access_lifetime, reason)
    except RevocationUnavailable as error:
        if not at_any_rate:
            raise
        log.critical("a sign-in has ended by its row alone", extra={"reason": reason, "cause": str(error)})


def end_with_their_user(room: "Accounts", session: "Session", user_id: UUID, *, caller: "Caller") -> None:
    """Note the end of sign-ins whose rows are about to be deleted: no token is good without its row.

    Where ended tokens are known is told nothing, since it could not forget, should the user stay after all.
    """
    for row in session.execute(select(SESSIONS).where(live(user_id))).all():
        _note_end(room, session, row, reason="account-deleted", caller=caller)


def _note_end(room: "Accounts", session: "Session", row: Row[Any], *, reason: str, caller: "Caller") -> None:
    happened(room, session, "session.revoked", caller, user_id=row.user_id, session_id=row.id, reason=reason)
    room.database.after_commit(partial(_say, room, row, reason))


def _lock_owners(room: "Accounts", session: "Session", which: ColumnElement[bool]) -> None:
    owners = set(session.scalars(select(_ROW.user_id).where(which, _ROW.revoked_at.is_(None))))
    for owner in sorted(owners):
        finding.locked(room, session, owner)


def _say(room: "Accounts", row: Row[Any], reason: str) -> None:
    session_revoked.send(room, user_id=row.user_id, session_id=row.id, reason=reason)
