"""How accounts join the jobs: those that send their mails, and the one that deletes what has ended."""

from dataclasses import replace
from typing import TYPE_CHECKING

from carboy.accounts import letters, upkeep

if TYPE_CHECKING:
    from carboy.accounts.room import Accounts
    from carboy.mail import Mail


def join(room: "Accounts") -> "Accounts":
    """Have the jobs of these accounts done where its mails are sent, and give `accounts` to handlers."""
    room.jobs.provide(accounts=room)
    for handler in (*letters.HANDLERS, upkeep.purge_accounts):
        room.jobs.register(handler)
    return room


def moved(room: "Accounts", mail: "Mail") -> "Accounts":
    """Return the same accounts on the database of these mails."""
    return join(replace(room, mail=mail))
