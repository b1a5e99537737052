"""Signing up. Nobody learns here whether an address has an account; whoever owns it is told by mail."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from carboy.accounts import emails, finding, letters, mailed
from carboy.accounts.budgets import Scope
from carboy.accounts.events import happened
from carboy.accounts.refusals import LinkInvalid, RegistrationClosed
from carboy.accounts.table import USER, Purpose
from carboy.context import utc_now
from carboy.data import win_insert
from carboy.errors import Invalid
from carboy.web.counting import network_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from carboy.accounts.finding import User
    from carboy.accounts.room import Accounts, Caller

NAME_TAKEN = "This name is taken. Choose another one."


def register(
    room: "Accounts", email: str, password: str, *, caller: "Caller", username: str | None = None, **more: Any
) -> None:
    """Take somebody in, and send them a mail to confirm their address. `more` are columns of the application's user."""
    if not room.policy.open_to_all:
        raise RegistrationClosed
    address = emails.canonical(email)
    name = emails.username_key(username) if username else None
    budget, network = room.budgets.of(Scope.REGISTER_FROM), network_of(caller.address)
    budget.refuse_if_spent(network)  # before the password is judged, which takes long
    room.passwords.check(password, about=about(address.shown, name, more))
    budget.spend(network)
    refuse_taken_name(room, name)
    values = {
        **more,
        **columns_of(address),
        **({"wished_username": name} if room.policy.confirmed_only else {"username": name}),
        "role": USER,
        "password_hash": room.hasher.hash(password),
    }
    with room.database.transaction() as session:
        if (user := win_insert(session, room.user, values=values, returning=tuple(room.users.c))) is None:
            refuse_taken_name(room, name)
            room.jobs.enqueue(letters.tell_of_account, address.key)
        else:
            happened(room, session, "register", caller, user_id=user.id)
            room.jobs.enqueue(letters.ask_to_confirm, address.key)


def ask_again(room: "Accounts", email: str, *, caller: "Caller") -> None:
    """Send the mail to confirm an address once more, if somebody waits for it."""
    letters.ask_for(room, letters.ask_to_confirm, email, caller=caller)


def confirm(room: "Accounts", token: str, *, caller: "Caller") -> None:
    """Confirm the address that this link was sent to."""
    room.budgets.of(Scope.LINK_FROM).spend(network_of(caller.address))
    with room.database.transaction() as session:
        user, sent_to = mailed.use(room, session, token, Purpose.CONFIRM_EMAIL)
        if user.email != sent_to:
            raise LinkInvalid
        confirmed(room, session, user)
        happened(room, session, "email.confirmed", caller, user_id=user.id)


def confirmed(room: "Accounts", session: "Session", user: "User") -> None:
    """Note that a user reads what is sent to their address; the name that they wished for is theirs, if it is free."""
    values: dict[str, Any] = {"confirmed_at": user.confirmed_at or utc_now(), "wished_username": None}
    if user.wished_username and not _is_taken(room, session, user.wished_username):
        values["username"] = user.wished_username
    finding.change(room, session, user.id, values)


def columns_of(address: emails.Address) -> dict[str, str]:
    """Return the columns that an address fills."""
    return {"email": address.shown, "email_normalized": address.key}


def about(email: str, username: str | None, more: Mapping[str, Any]) -> list[str]:
    """Return what a password must not be made of."""
    full_name = " ".join(filter(None, (more.get("first_name"), more.get("last_name"))))
    return [part for part in (email, username, full_name) if part]


def refuse_taken_name(room: "Accounts", username: str | None) -> None:
    """Refuse a user name that somebody has."""
    with room.database.reading() as session:
        if username and _is_taken(room, session, username):
            raise Invalid("The user name cannot be used.", {"username": [NAME_TAKEN]})


def _is_taken(room: "Accounts", session: "Session", username: str) -> bool:
    return session.execute(select(room.users.c.id).where(room.users.c.username == username)).first() is not None
