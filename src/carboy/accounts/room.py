"""`Accounts`: what the room owns of one application. Each flow is a module whose functions are given it first.

    log_in(accounts(), Login(email="ada@example.org"), password, kind=Kind.API, caller=caller)

No web framework in sight: who calls, a page, the API or a command, is not known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from carboy.accounts.budgets import Budgets
from carboy.accounts.devices import Devices
from carboy.accounts.hashing import Hasher
from carboy.accounts.notes import Notes
from carboy.accounts.passwords import PasswordPolicy
from carboy.accounts.revocation import RevocationStore
from carboy.accounts.signing import Signer
from carboy.accounts.table import LONGEST_IP, LONGEST_USER_AGENT, Purpose

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy import Table

    from carboy.data import Database
    from carboy.jobs import Jobs
    from carboy.mail import Mail

MOST_SESSIONS = 50  # of one user; beyond, the oldest ends


LINK_LIFETIMES = {
    Purpose.CONFIRM_EMAIL: timedelta(days=1),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
    Purpose.CHANGE_EMAIL: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How long things last, and what is asked of whom."""

    session_lifetime: timedelta = timedelta(days=7)
    session_absolute_lifetime: timedelta = timedelta(days=30)
    access_lifetime: timedelta = timedelta(minutes=15)
    refresh_lifetime: timedelta = timedelta(days=7)
    reuse_grace: timedelta = timedelta(seconds=10)
    link_lifetimes: Mapping[Purpose, timedelta] = field(default_factory=lambda: dict(LINK_LIFETIMES))
    confirmed_only: bool = False
    open_to_all: bool = True


@dataclass(frozen=True, slots=True)
class Caller:
    """From where somebody calls, for budgets and for them to read. Nothing is bound to it."""

    address: str = ""
    user_agent: str = ""
    device: str = ""  # the cookie of a browser that has signed in before

    def kept(self) -> dict[str, str]:
        """Return what rows keep of it."""
        return {"ip": self.address[:LONGEST_IP], "user_agent": self.user_agent[:LONGEST_USER_AGENT]}


HERE = Caller()  # somebody at the command line


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The accounts of one application."""

    user: type[Any]  # the application's own class, with UserMixin
    mail: "Mail"
    choose_store: "Callable[[Database], RevocationStore]"
    signer: Signer
    policy: Policy
    passwords: PasswordPolicy
    hasher: Hasher
    budgets: Budgets
    devices: Devices
    notes_by_clock: bool = True
    # Called with the id of a user who is about to be deleted, in the transaction that does it.
    farewells: "list[Callable[[UUID], object]]" = field(default_factory=list)
    # Made with the room: one in memory refuses every token that is older than itself.
    store: RevocationStore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "store", self.choose_store(self.database))

    @property
    def jobs(self) -> "Jobs":
        """The jobs that mails are sent by."""
        return self.mail.jobs

    @property
    def database(self) -> "Database":
        """Where accounts are kept: in the database of the jobs, so that both are one transaction."""
        return self.mail.jobs.database

    @cached_property
    def notes(self) -> Notes:
        """What is written later, many at once."""
        return Notes(lambda: self.database, self.users, by_clock=self.notes_by_clock)

    @cached_property
    def users(self) -> "Table":
        """The application's table of users."""
        found: Table = self.user.__table__
        return found
