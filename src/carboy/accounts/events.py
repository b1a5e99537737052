"""What happened to an account: a line in the log at once, and a row for whoever has to find out later.

No event holds a password, a token or its digest. An address that nobody has is kept as a digest with a key.
"""

import logging
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from blinker import signal

from carboy import context
from carboy.accounts.table import AUTH_EVENTS
from carboy.data.model import uuid7

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from carboy.accounts.room import Accounts, Caller

log = logging.getLogger("carboy.accounts")

# Sent after the commit that ended a sign-in, with user_id, session_id and reason: sockets and caches listen.
session_revoked = signal("carboy.session-revoked")

# Every event, in the words of those who look them up.
EVENTS = {
    "register": "signed up",
    "login.ok": "logged in",
    "login.fail": "could not log in",
    "session.revoked": "was logged out",
    "sudo.ok": "typed the password once more",
    "sudo.fail": "mistyped the password",
    "password.changed": "changed the password",
    "password.reset": "chose a new password by mail",
    "email.confirmed": "confirmed the address",
    "email.change-asked": "asked for another address",
    "email.changed": "changed the address",
    "account.deleted": "deleted the account",
    "user.created": "was made",
    "user.enabled": "was let in again",
    "user.disabled": "was shut out",
    "user.role": "got another role",
}

_ADD = AUTH_EVENTS.insert()


def happened(
    room: "Accounts", session: "Session", event: str, caller: "Caller", *, user_id: UUID,
    session_id: UUID | None = None, **detail: Any,
) -> None:  # fmt: skip
    """Write an event in the transaction of what happened, and tell the log once that is kept."""
    row = _row(event, caller, user_id=user_id, session_id=session_id, detail=detail)
    session.execute(_ADD, row)
    room.database.after_commit(partial(_tell, row))


def refused(room: "Accounts", event: str, caller: "Caller", *, user_id: UUID | None = None, **detail: Any) -> None:
    """Note an event in which nothing was changed; it is written within a minute."""
    row = _row(event, caller, user_id=user_id, session_id=None, detail=detail)
    _tell(row)
    room.notes.happened(row)


def _row(
    event: str, caller: "Caller", *, user_id: UUID | None, session_id: UUID | None, detail: dict[str, Any]
) -> dict[str, Any]:
    if (asker := context.asker()) not in ("", f"user:{user_id}"):
        detail = {**detail, "by": asker}
    return {
        "id": uuid7(),
        "event": event,
        "user_id": user_id,
        "session_id": session_id,
        **caller.kept(),
        "request_id": context.request_id(),
        "detail": detail or None,
        "created_at": context.utc_now(),
    }


def _tell(row: dict[str, Any]) -> None:
    shown = {name: str(row[name]) for name in ("user_id", "session_id", "ip", "user_agent") if row[name]}
    log.info("account: %s", row["event"], extra={"event_name": row["event"], **shown, **(row["detail"] or {})})
