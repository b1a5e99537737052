"""Accounts: who has one, how they sign in, and how that ends. Start reading at room.py, then at signing_in.py.

users.py       what a user has; the class is the application's          table.py     the library's own tables
passwords.py   which are taken; hashing.py keeps them                    emails.py    one spelling for each address
signing_in.py  begins a sign-in; sessions.py gives it tokens, ends it    known.py     who holds a token
signing.py     JWTs; refreshing.py gives the next                        opaque.py    tokens of ours; renewing.py
registering.py changing.py  proving.py  administering.py                 what users do, and what is done for them
mailed.py      links; letters.py writes the mails that bring them        budgets.py   how often one may be wrong
revocation/    where ended tokens are known                              events.py    what happened; notes.py writes
authenticators.py, browser.py, flask.py, cli.py, api/                    here Flask is known, and nowhere else
"""

from typing import TYPE_CHECKING, Any

from carboy import front

if TYPE_CHECKING:
    from flask import Blueprint, Flask

    from carboy.accounts.api.profiles import Profile
    from carboy.accounts.events import session_revoked
    from carboy.accounts.flask import accounts
    from carboy.accounts.room import Accounts, Caller
    from carboy.accounts.users import UserMixin

__all__ = ["Accounts", "Caller", "Profile", "UserMixin", "accounts", "init_app", "mount", "session_revoked"]

_ROOMS = {
    "carboy.accounts.api.profiles": ("Profile",),
    "carboy.accounts.events": ("session_revoked",),
    "carboy.accounts.flask": ("accounts",),
    "carboy.accounts.room": ("Accounts", "Caller"),
    "carboy.accounts.users": ("UserMixin",),
}
__getattr__, __dir__ = front.opening(__name__, __all__, _ROOMS)


def init_app(app: "Flask", user: type[Any], **options: Any) -> None:
    """Give an application accounts, whose users are of this class. flask.py says which options there are."""
    from carboy.accounts import flask

    flask.init_app(app, user, **options)


def mount(app: "Flask", api: "Blueprint", *, profile: "type[Profile] | None" = None) -> None:
    """Put accounts on this version of the API. `profile` is what users say of themselves, if it is more than names."""
    from carboy.accounts.api import mount as mount_api

    mount_api(app, api, profile=profile)
