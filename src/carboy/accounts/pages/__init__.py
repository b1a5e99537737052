"""Accounts for people: HTML, and nothing else. The contracts are those of the API; the templates are the application's.

entering.py   signing up, in and out            links.py   what is done with a mail
profiles.py   what users say of themselves      account.py password, address, and whether the account exists
sign_ins.py   where users are signed in         proof.py   the password, typed once more
users.py, events.py   for administrators        asking.py  strangers are asked to sign in, and sent back afterwards
"""

from flask import Blueprint, Flask

from carboy.accounts.api.profiles import Profile
from carboy.accounts.pages import account, asking, entering, events, links, profiles, proof, sign_ins, users


def mount_pages(app: Flask, *, profile: type[Profile] = Profile) -> None:
    """Put the pages of accounts on this application. It brings their templates, `accounts/….html`."""
    pages = Blueprint("accounts", __name__)
    profiles.add(pages, profile)
    for module in (entering, links, account, sign_ins, proof):
        module.add(pages)
    app.register_blueprint(pages)
    asking.init_app(app)


def mount_administration(app: Flask) -> None:
    """Put the pages on this application by which administrators look after users: `administration/….html`."""
    pages = Blueprint("administration", __name__, url_prefix="/admin")
    users.add(pages)
    events.add(pages)
    app.register_blueprint(pages)
