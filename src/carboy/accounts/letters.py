"""The mails of accounts: a worker looks up whom they are for, so that asking for one takes as long for everybody.

Each is a template, `mails/accounts/….txt`, which an application may have of its own by the same name.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from carboy.accounts import emails, finding, mailed
from carboy.accounts.budgets import Scope
from carboy.accounts.table import Purpose
from carboy.errors import Throttled
from carboy.jobs import job
from carboy.web.counting import network_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from carboy.accounts.finding import User
    from carboy.accounts.room import Accounts, Caller


def ask_for(room: "Accounts", letter: "Callable[..., Any]", email: str, *, caller: "Caller") -> None:
    """Ask for a mail with a link. Too many for one address are left out, and nobody is told."""
    address = emails.canonical(email)
    room.budgets.of(Scope.MAIL_FROM).spend(network_of(caller.address))
    try:
        room.budgets.of(Scope.MAIL_TO).spend(address.key)
    except Throttled:
        return
    with room.database.transaction():
        room.jobs.enqueue(letter, address.key)


@job(name="carboy.accounts.tell_of_account", queue="mail", confidential=True)
def tell_of_account(address: str, *, accounts: "Accounts") -> None:
    """Tell the owner of an address that somebody wanted to sign up with it, and that they have an account."""
    if user := finding.by_address(accounts, address):
        _write(accounts, user, "account_exists")


@job(name="carboy.accounts.ask_to_confirm", queue="mail", confidential=True)
def ask_to_confirm(address: str, *, accounts: "Accounts") -> None:
    """Ask a new user to confirm their address."""
    user = finding.by_address(accounts, address)
    if user and user.confirmed_at is None:
        _write_link(accounts, user, Purpose.CONFIRM_EMAIL, "confirm_email", accounts.policy.confirm_lifetime)


@job(name="carboy.accounts.offer_reset", queue="mail", confidential=True)
def offer_reset(address: str, *, accounts: "Accounts") -> None:
    """Send whoever forgot their password a link to choose a new one."""
    user = finding.by_address(accounts, address)
    if user and user.is_active:
        _write_link(accounts, user, Purpose.RESET_PASSWORD, "reset_password", accounts.policy.reset_lifetime)


@job(name="carboy.accounts.ask_about_change", queue="mail", confidential=True)
def ask_about_change(user_id: UUID, email: str, *, accounts: "Accounts") -> None:
    """Ask at the new address whether it is theirs, and tell the old one of it."""
    user, address = finding.by_id(accounts, user_id), emails.canonical(email)
    if user is None or not user.is_active:
        return
    if (owner := finding.by_address(accounts, address.key)) is not None and owner.id != user.id:
        _write(accounts, owner, "account_exists")
        return
    _write_link(accounts, user, Purpose.CHANGE_EMAIL, "change_email", accounts.policy.change_lifetime, to=address.shown)
    _write(accounts, user, "email_is_changing")


@job(name="carboy.accounts.tell_of_new_password", queue="mail", confidential=True)
def tell_of_new_password(user_id: UUID, *, accounts: "Accounts") -> None:
    """Tell a user that their password was changed: if it was not them, they have to know."""
    if user := finding.by_id(accounts, user_id):
        _write(accounts, user, "password_changed")


HANDLERS = (tell_of_account, ask_to_confirm, offer_reset, ask_about_change, tell_of_new_password)


def _write_link(
    room: "Accounts", user: "User", purpose: Purpose, letter: str, lifetime: "timedelta", *, to: str = ""
) -> None:
    to = to or user.email
    with room.database.transaction() as session:
        finding.locked(room, session, user.id)
        token = mailed.draw(session, user, purpose, to=to, lifetime=lifetime)
        _write(room, user, letter, to=to, token=token, hours=max(1, round(lifetime.total_seconds() / 3600)))


def _write(room: "Accounts", user: "User", letter: str, *, to: str = "", **values: Any) -> None:
    message = room.mail.render(f"mails/accounts/{letter}", to=to or user.email, name=user.first_name, **values)
    with room.database.transaction():
        room.mail.send(message)
