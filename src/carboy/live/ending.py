"""A sign-in that ends closes its sockets, in whatever process they are."""

from typing import TYPE_CHECKING, Any

from carboy.accounts.events import session_revoked

if TYPE_CHECKING:
    from uuid import UUID

    from carboy.accounts.room import Accounts
    from carboy.live.room import Live


@session_revoked.connect
def close_sockets(accounts: "Accounts", *, session_id: "UUID", **_told: Any) -> None:
    """Close the sockets of a sign-in that has just ended."""
    live: Live | None = accounts.jobs.seams.get("live")
    if live is not None:
        live.end(session_id)
