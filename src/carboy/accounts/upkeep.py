"""What has ended is deleted by the clock: sign-ins, tokens, mailed links, old events."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_

from carboy.accounts.table import AUTH_EVENTS, REFRESH_TOKENS, SESSIONS, USER_TOKENS, Kind
from carboy.context import utc_now
from carboy.data.pruning import prune
from carboy.jobs import job
from carboy.jobs.schedules import daily

if TYPE_CHECKING:
    from carboy.accounts.room import Accounts

EVENTS_KEPT = timedelta(days=365)
ENDED_KEPT = timedelta(days=7)  # for whoever looks what happened


def purge(room: "Accounts") -> dict[str, int]:
    """Delete what has ended, in many short transactions, and return how many rows of each table."""
    now, row = utc_now(), SESSIONS.c
    # A program's pair is renewed after its session token has expired.
    is_over = or_(row.absolute_expires_at < now, and_(row.kind != Kind.API, row.expires_at < now))
    due = {
        REFRESH_TOKENS: REFRESH_TOKENS.c.expires_at < now,
        USER_TOKENS: USER_TOKENS.c.expires_at < now,
        SESSIONS: or_(is_over, row.revoked_at < now - ENDED_KEPT),
        AUTH_EVENTS: AUTH_EVENTS.c.created_at < now - EVENTS_KEPT,
    }
    gone = {table.name: prune(room.database, table, condition) for table, condition in due.items()}
    return {**gone, "revoked_tokens": room.store.purge(now)}


@daily(at="03:17")
@job(name="carboy.accounts.purge", atomic=False)
def purge_accounts(*, accounts: "Accounts") -> dict[str, int]:
    """Delete what has ended."""
    return purge(accounts)
