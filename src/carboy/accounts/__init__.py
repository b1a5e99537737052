"""Accounts: who has one, how they sign in, and how that ends. Start reading at room.py, then at signing_in.py.

users.py       what a user has; the class is the application's          table.py     the library's own tables
passwords.py   which are taken; hashing.py keeps them                    emails.py    one spelling for each address
signing_in.py  begins a sign-in, sessions.py gives it tokens, ending.py  known.py     who holds a token
signing.py     JWTs; refreshing.py gives the next                        opaque.py    tokens of ours; renewing.py
registering.py changing.py  proving.py  administering.py                 what users do, and what is done for them
mailed.py      links; letters.py writes the mails that bring them        budgets.py   how often one may be wrong
revocation/    where ended tokens are known                              events.py    what happened; notes.py writes
auditing.py    what happened, looked up                                  user_agents.py  devices, in words
wiring.py, flask.py, authenticators.py, browser.py, cli.py, api/, pages/ here Flask is known, and nowhere else
"""

from typing import TYPE_CHECKING

from carboy import front

if TYPE_CHECKING:
    from carboy.accounts.api import mount
    from carboy.accounts.api.profiles import Profile
    from carboy.accounts.events import session_revoked
    from carboy.accounts.flask import accounts
    from carboy.accounts.pages import mount_administration, mount_pages
    from carboy.accounts.room import Accounts, Caller
    from carboy.accounts.users import UserMixin
    from carboy.accounts.wiring import init_app

__all__ = [
    "Accounts", "Caller", "Profile", "UserMixin", "accounts", "init_app", "mount", "mount_administration",
    "mount_pages", "session_revoked",
]  # fmt: skip

_ROOMS = {
    "carboy.accounts.api": ("mount",),
    "carboy.accounts.api.profiles": ("Profile",),
    "carboy.accounts.events": ("session_revoked",),
    "carboy.accounts.flask": ("accounts",),
    "carboy.accounts.pages": ("mount_administration", "mount_pages"),
    "carboy.accounts.room": ("Accounts", "Caller"),
    "carboy.accounts.users": ("UserMixin",),
    "carboy.accounts.wiring": ("init_app",),
}
__getattr__, __dir__ = front.opening(__name__, __all__, _ROOMS)
