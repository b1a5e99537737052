"""Signing in and out. Whoever is refused is never told why, and an account that is not there takes as long as one.

The password is judged while no transaction is open; what was read for it is looked at once more in the one that writes.
"""

from typing import TYPE_CHECKING
from uuid import UUID

from carboy.accounts import ending, finding, sessions
from carboy.accounts.budgets import Scope
from carboy.accounts.events import happened, refused
from carboy.accounts.refusals import InvalidCredentials
from carboy.accounts.table import SESSIONS, Kind
from carboy.errors import Throttled
from carboy.web.counting import network_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from carboy.accounts.finding import Login, User
    from carboy.accounts.room import Accounts, Caller
    from carboy.accounts.sessions import Held
    from carboy.web.counting import Budget

NO_FIT = "No account fits what you sent."


def log_in(room: "Accounts", login: "Login", password: str, *, kind: Kind, caller: "Caller") -> "Held":
    """Begin a sign-in of this kind for whoever knows the password."""
    room.passwords.refuse_too_long(password)
    user = finding.find(room, login)
    attempt = _Attempt(room, login, user, caller)
    attempt.refuse_if_too_many()
    fits = room.hasher.verify(user.password_hash if user else None, password)
    if user is None or not fits or not _may_sign_in(room, user):
        attempt.failed()
        raise InvalidCredentials(NO_FIT)
    better = room.hasher.hash(password) if room.hasher.is_outdated(user.password_hash) else None
    with room.database.transaction() as session:
        held = _begin(room, session, user, kind=kind, caller=caller)
        if better:
            finding.change(room, session, user.id, {"password_hash": better})
    attempt.succeeded()
    return held


def _begin(room: "Accounts", session: "Session", seen: "User", *, kind: Kind, caller: "Caller") -> "Held":
    user = finding.locked_unless_ended(room, session, seen)
    if user is None or not _may_sign_in(room, user):
        raise InvalidCredentials(NO_FIT)  # it was changed while the password was judged
    held = sessions.begin(room, session, user, kind=kind, caller=caller)
    happened(room, session, "login.ok", caller, user_id=user.id, session_id=held.session_id, kind=kind)
    return held


def log_out(room: "Accounts", session_id: UUID, *, caller: "Caller", token: str = "") -> None:
    """End a sign-in; an access token that is named is ended by its name as well."""
    with room.database.transaction() as session:
        ending.end(room, session, SESSIONS.c.id == session_id, reason="logout", caller=caller, token=token)


def _may_sign_in(room: "Accounts", user: "User") -> bool:
    return user.is_active and (user.confirmed_at is not None or not room.policy.confirmed_only)


class _Attempt:
    """One try to sign in, and what is counted of it."""

    def __init__(self, room: "Accounts", login: "Login", user: "User | None", caller: "Caller") -> None:
        self._room, self._caller, self._user = room, caller, user
        self._account, self._network = login.key, network_of(caller.address)
        self._device = room.devices.name_of(caller.device, user.id if user else None)

    def refuse_if_too_many(self) -> None:
        """Count the try against the account from this address at once: many that come together are seen together."""
        self._budget(Scope.SIGN_IN_FROM).refuse_if_spent(self._network)
        if not self._is_on_a_known_device():
            self._budget(Scope.SIGN_IN_TO).refuse_if_spent(self._account)
        self._budget(Scope.SIGN_IN).spend(self._pair)

    def failed(self) -> None:
        """Count what was wrong, and note it."""
        self._budget(Scope.SIGN_IN_FROM).note(self._network)
        if self._device:
            self._budget(Scope.SIGN_IN_ON).note(self._device)
        else:
            self._budget(Scope.SIGN_IN_TO).note(self._account)
        said = self._room.budgets.throttle.caller("accounts login", self._account)
        refused(self._room, "login.fail", self._caller, user_id=self._user.id if self._user else None, login=said)

    def succeeded(self) -> None:
        """Forget the tries before."""
        self._budget(Scope.SIGN_IN).clear(self._pair)

    def _is_on_a_known_device(self) -> bool:
        if not self._device:
            return False
        try:
            self._budget(Scope.SIGN_IN_ON).refuse_if_spent(self._device)
        except Throttled:
            return False  # whoever has this device is guessing
        return True

    @property
    def _pair(self) -> str:
        return f"{self._account} {self._network}"

    def _budget(self, scope: Scope) -> "Budget":
        return self._room.budgets.of(scope)
