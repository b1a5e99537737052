"""What users change about their own account: password, address, profile, and whether it exists."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import and_, delete, update
from sqlalchemy.exc import IntegrityError

from carboy.accounts import (
    administering,
    emails,
    ending,
    finding,
    leaving,
    letters,
    mailed,
    proving,
    registering,
    sessions,
)
from carboy.accounts.budgets import Scope
from carboy.accounts.events import happened
from carboy.accounts.refusals import InvalidCredentials, LinkInvalid
from carboy.accounts.table import SESSIONS, Purpose
from carboy.context import utc_now
from carboy.errors import Conflict, Invalid
from carboy.web.counting import network_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from carboy.accounts.finding import User
    from carboy.accounts.room import Accounts, Caller
    from carboy.accounts.sessions import Held

NOT_YOURS = "That is not your password."


def change_password(room: "Accounts", session_id: UUID, current: str, password: str, *, caller: "Caller") -> "Held":
    """Give a user a new password, and the sign-in that asks new tokens; every other one ends."""
    try:
        user = proving.prove(room, session_id, current, caller=caller)
    except InvalidCredentials:
        raise Invalid(NOT_YOURS, {"current_password": [NOT_YOURS]}) from None
    room.passwords.check(password, about=_about(user))
    new = room.hasher.hash(password)
    with room.database.transaction() as session:
        now = finding.locked_unless_ended(room, session, user)
        if now is None:
            raise Conflict("The password was changed meanwhile.")
        set_password(room, session, now, new, caller=caller, but=session_id)
        proven = {"authenticated_at": utc_now(), "failed_proofs": 0}
        session.execute(update(SESSIONS).where(SESSIONS.c.id == session_id).values(proven))
        happened(room, session, "password.changed", caller, user_id=user.id, session_id=session_id)
        return sessions.hold(room, session, session_id, version=now.token_version + 1)


def forgot_password(room: "Accounts", email: str, *, caller: "Caller") -> None:
    """Have a link to choose a new password sent to this address, if somebody has it here."""
    letters.ask_for(room, letters.offer_reset, email, caller=caller)


def reset_password(room: "Accounts", token: str, password: str, *, caller: "Caller") -> None:
    """Give whoever holds this link a new password. Every sign-in ends, and none begins."""
    room.budgets.of(Scope.LINK_FROM).spend(network_of(caller.address))
    user = finding.must_be(room, mailed.look_at(room, token, Purpose.RESET_PASSWORD).user_id)
    room.passwords.check(password, about=_about(user))
    new = room.hasher.hash(password)
    with room.database.transaction() as session:
        now, sent_to = mailed.use(room, session, token, Purpose.RESET_PASSWORD)
        if now.email != sent_to or not now.is_active:
            raise LinkInvalid
        set_password(room, session, now, new, caller=caller)
        registering.confirmed(room, session, now)  # whoever has the link reads what is sent to the address
        happened(room, session, "password.reset", caller, user_id=now.id)
    _forgive(room, user, caller)


def ask_for_email(room: "Accounts", user_id: UUID, email: str, *, caller: "Caller") -> None:
    """Send a link to the address that a user wants from now on. Whether somebody has it is not told."""
    address = emails.canonical(email)
    room.budgets.of(Scope.MAIL_FROM).spend(network_of(caller.address))
    room.budgets.of(Scope.MAIL_TO).spend(f"{user_id}")
    with room.database.transaction() as session:
        user = finding.locked(room, session, user_id)
        if user is None:
            return
        room.jobs.enqueue(letters.ask_about_change, user_id, address.shown, user.token_version)
        happened(room, session, "email.change-asked", caller, user_id=user_id)


def change_email(room: "Accounts", token: str, *, caller: "Caller", but: UUID | None = None) -> None:
    """Give a user the address that this link was sent to. Every sign-in ends, `but` the one that asks."""
    room.budgets.of(Scope.LINK_FROM).spend(network_of(caller.address))
    with room.database.transaction() as session:
        user, sent_to = mailed.use(room, session, token, Purpose.CHANGE_EMAIL)
        if not user.is_active:
            raise LinkInvalid
        columns = registering.columns_of(emails.canonical(sent_to))
        try:
            with room.database.savepoint():
                finding.change(room, session, user.id, columns | {"confirmed_at": utc_now()})
        except IntegrityError:
            raise LinkInvalid from None
        mailed.forget(session, user)
        _end_all(room, session, user, reason="email-changed", caller=caller, but=but)
        happened(room, session, "email.changed", caller, user_id=user.id)


def change_profile(room: "Accounts", user_id: UUID, changes: Mapping[str, Any]) -> "User":
    """Change what a user says about themselves, in the transaction of whoever calls."""
    values = dict(changes)
    if values.get("username") is not None:
        values["username"] = emails.username_key(values["username"])
    with room.database.transaction() as session:
        if values:
            _change_unless_taken(room, session, user_id, values)
        return finding.must_be(room, user_id)


def _change_unless_taken(room: "Accounts", session: "Session", user_id: UUID, values: Mapping[str, Any]) -> None:
    try:
        with room.database.savepoint():
            finding.change(room, session, user_id, values)
    except IntegrityError:
        registering.refuse_taken_name(room, values.get("username"))
        raise


def delete_account(room: "Accounts", user_id: UUID, *, caller: "Caller") -> None:
    """Delete a user and all that hangs off them. Events stay, without a name."""
    with room.database.transaction() as session:
        user = administering.locked(room, session, user_id)
        administering.leave_an_admin(room, session, user)
        ending.end_with_their_user(room, session, user_id, caller=caller)
        happened(room, session, "account.deleted", caller, user_id=user_id)
        for say_farewell in room.farewells:
            say_farewell(user_id)
        try:
            with room.database.savepoint():
                leaving.remove_what_refers(session, room.users, user_id)
                session.execute(delete(room.users).where(room.users.c.id == user_id))
        except IntegrityError as error:
            raise Conflict("Something still belongs to this account. Remove it first, or hand it over.") from error


def set_password(
    room: "Accounts", session: "Session", user: "User", new: str, *, caller: "Caller", but: UUID | None = None
) -> None:
    """Write a new password's hash; every sign-in `but` one ends, and every mailed link."""
    values = {"password_hash": new, "password_changed_at": utc_now(), "token_version": user.token_version + 1}
    finding.change(room, session, user.id, values)
    mailed.forget(session, user)
    _end_all(room, session, user, reason="password-changed", caller=caller, but=but)
    room.jobs.enqueue(letters.tell_of_new_password, user.id)


def _end_all(
    room: "Accounts", session: "Session", user: "User", *, reason: str, caller: "Caller", but: UUID | None
) -> None:
    others = [SESSIONS.c.id != but] if but else []
    ending.end(room, session, and_(SESSIONS.c.user_id == user.id, *others), reason=reason, caller=caller)


def _about(user: "User") -> list[str]:
    return registering.about(user.email, user.username, user._asdict())


def _forgive(room: "Accounts", user: "User", caller: "Caller") -> None:
    """Forget the wrong passwords that were tried: whoever has the mail is the owner, at this address as well."""
    for name in (user.email_normalized, user.username):
        if name:
            room.budgets.of(Scope.SIGN_IN).clear(f"{name} {network_of(caller.address)}")
            room.budgets.of(Scope.SIGN_IN_TO).clear(name)
