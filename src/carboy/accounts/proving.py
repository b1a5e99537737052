"""Typing the password once more, for what only its owner may do. Ten wrong ones end the sign-in that was used."""

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, update

from carboy.accounts import ending, finding, sessions
from carboy.accounts.budgets import Scope
from carboy.accounts.events import happened, refused
from carboy.accounts.refusals import InvalidCredentials, TokenRevoked
from carboy.accounts.table import SESSIONS
from carboy.context import utc_now
from carboy.data import win_update

if TYPE_CHECKING:
    from carboy.accounts.finding import User
    from carboy.accounts.room import Accounts, Caller
    from carboy.accounts.sessions import Held

MOST_FAILURES = 10


def reauthenticate(room: "Accounts", session_id: UUID, password: str, *, caller: "Caller") -> "Held":
    """Have whoever knows the password prove it, and give their sign-in new tokens."""
    user = prove(room, session_id, password, caller=caller)
    with room.database.transaction() as session:
        now = finding.locked_unless_ended(room, session, user)
        if now is None:
            raise InvalidCredentials("The password was changed meanwhile.")
        proven = {"authenticated_at": utc_now(), "failed_proofs": 0}
        session.execute(update(SESSIONS).where(SESSIONS.c.id == session_id).values(proven))
        happened(room, session, "sudo.ok", caller, user_id=user.id, session_id=session_id)
        return sessions.hold(room, session, session_id, version=now.token_version)


def prove(room: "Accounts", session_id: UUID, password: str, *, caller: "Caller") -> "User":
    """Return the user of this sign-in if that is their password; the failure is counted before it is refused."""
    user = _user_of(room, session_id)
    budget = room.budgets.of(Scope.PROVE)
    budget.spend(str(session_id))
    if room.hasher.verify(user.password_hash, password):
        budget.clear(str(session_id))
        return user
    refused(room, "sudo.fail", caller, user_id=user.id)
    _count_failure(room, user, session_id, caller)
    raise InvalidCredentials("That is not your password.")


def _user_of(room: "Accounts", session_id: UUID) -> "User":
    with room.database.reading() as session:
        mine = select(room.users).join(SESSIONS, SESSIONS.c.user_id == room.users.c.id)
        user = session.execute(mine.where(SESSIONS.c.id == session_id)).one_or_none()
    if user is None:
        raise TokenRevoked
    return user


def _count_failure(room: "Accounts", user: "User", session_id: UUID, caller: "Caller") -> None:
    this = SESSIONS.c.id == session_id
    one_more = {"failed_proofs": SESSIONS.c.failed_proofs + 1}
    with room.database.transaction() as session:
        finding.locked(room, session, user.id)
        row = win_update(session, SESSIONS, where=this, values=one_more, returning=(SESSIONS.c.failed_proofs,))
        if row is not None and row.failed_proofs >= MOST_FAILURES:
            ending.end(room, session, this, reason="guessing", caller=caller)
