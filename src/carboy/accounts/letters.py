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

    from carboy.accounts.finding import User
    from carboy.accounts.room import Accounts, Caller


def ask_for(room: "Accounts", letter: "Callable[..., Any]", email: str, *, caller: "Caller") -> None:
    """Ask for a mail with a link. Too many for one address are left out, and nobody is told.

    Each kind is counted by itself: who asks for one that is never sent keeps nobody from another.
    """
    address = emails.canonical(email)
    room.budgets.of(Scope.MAIL_FROM).spend(network_of(caller.address))
    if _is_room_for(room, letter, address.key):
        with room.database.transaction():
            room.jobs.enqueue(letter, address.key)


def _is_room_for(room: "Accounts", letter: "Callable[..., Any]", address: str) -> bool:
    try:
        room.budgets.of(Scope.MAIL_TO).spend(f"{letter.__name__} {address}")
    except Throttled:
        return False
    return True


@job(name="carboy.accounts.tell_of_account", queue="mail", confidential=True)
def tell_of_account(address: str, *, accounts: "Accounts") -> None:
    """Tell the owner of an address that somebody wanted to sign up with it, and that they have an account."""
    user = finding.by_address(accounts, address)
    if user and _is_room_for(accounts, tell_of_account, address):
        _write(accounts, user, "account_exists")


@job(name="carboy.accounts.ask_to_confirm", queue="mail", confidential=True)
def ask_to_confirm(address: str, *, accounts: "Accounts") -> None:
    """Ask a new user to confirm their address."""
    user = finding.by_address(accounts, address)
    if user and user.confirmed_at is None:
        _write_link(accounts, user, Purpose.CONFIRM_EMAIL)


@job(name="carboy.accounts.offer_reset", queue="mail", confidential=True)
def offer_reset(address: str, *, accounts: "Accounts") -> None:
    """Send whoever forgot their password a link to choose a new one."""
    user = finding.by_address(accounts, address)
    if user and user.is_active:
        _write_link(accounts, user, Purpose.RESET_PASSWORD)


@job(name="carboy.accounts.ask_about_change", queue="mail", confidential=True)
def ask_about_change(user_id: UUID, email: str, version: int, *, accounts: "Accounts") -> None:
    """Ask at the new address whether it is theirs, and tell the old one of it.

    A new password, or an administrator, ends the change as well while this waits: `version` is no longer the user's.
    """
    user, address = finding.by_id(accounts, user_id), emails.canonical(email)
    if user is None or user.token_version != version:
        return
    if (owner := finding.by_address(accounts, address.key)) is not None and owner.id != user.id:
        tell_of_account(address.key, accounts=accounts)
        return
    _write_link(accounts, user, Purpose.CHANGE_EMAIL, to=address.shown)
    _write(accounts, user, "email_is_changing")


@job(name="carboy.accounts.tell_of_new_password", queue="mail", confidential=True)
def tell_of_new_password(user_id: UUID, *, accounts: "Accounts") -> None:
    """Tell a user that their password was changed: if it was not them, they have to know."""
    if user := finding.by_id(accounts, user_id):
        _write(accounts, user, "password_changed")


HANDLERS = (tell_of_account, ask_to_confirm, offer_reset, ask_about_change, tell_of_new_password)


def _write_link(room: "Accounts", user: "User", purpose: Purpose, *, to: str = "") -> None:
    to, lifetime = to or user.email, room.policy.link_lifetimes[purpose]
    with room.database.transaction() as session:
        if finding.locked_unless_ended(room, session, user) is None:
            return
        token = mailed.draw(session, user, purpose, to=to, lifetime=lifetime)
        _write(room, user, purpose, to=to, token=token, hours=max(1, round(lifetime.total_seconds() / 3600)))


def _write(room: "Accounts", user: "User", letter: str, *, to: str = "", **values: Any) -> None:
    # A stranger may have chosen the name of whoever has not said that the address is theirs, and sent them anything.
    name = user.first_name if user.confirmed_at and to in ("", user.email) else ""
    message = room.mail.render(f"mails/accounts/{letter}", to=to or user.email, name=name, **values)
    with room.database.transaction():
        room.mail.send(message)
