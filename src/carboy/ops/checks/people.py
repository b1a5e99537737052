"""Questions about users: whether somebody has a password that everybody knows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from carboy.accounts.flask import accounts_of
from carboy.accounts.table import ADMIN
from carboy.ops.checks.asking import WITHOUT_DATABASE, question
from carboy.settings.ruling import Severity

if TYPE_CHECKING:
    from flask import Flask

_MOST_ADMINS = 20  # the first ones are made with examples at hand; each guess costs as much as a sign-in
KNOWN = ("admin", "password", "changeme", "change-me", "secret", "123456", "12345678")
_REMEDY = "Have them choose another, or shut them out: `flask users --help`."


@question(
    "accounts.empty-password", room="carboy.accounts", remedy=_REMEDY, severity=Severity.FATAL, after=WITHOUT_DATABASE
)
def _passwords_are_not_empty(app: "Flask") -> Iterator[str]:
    """None of the twenty oldest admins has an empty password."""
    for user in _admins(app):
        if _has(app, user, ""):
            yield f"The password of {user.email} is empty."


@question(
    "accounts.known-password", room="carboy.accounts", remedy=_REMEDY, severity=Severity.FATAL, after=WITHOUT_DATABASE
)
def _passwords_are_their_own(app: "Flask") -> Iterator[str]:
    """None of the twenty oldest admins has a password that examples have, or their own name."""
    for user in _admins(app):
        theirs = {user.email, user.email.partition("@")[0], user.username or ""} - {""}
        if any(_has(app, user, guess) for guess in (*KNOWN, *sorted(theirs - set(KNOWN)))):
            yield f"The password of {user.email} is one that everybody tries first."


def _has(app: "Flask", user: Any, password: str) -> bool:
    return accounts_of(app).hasher.verify(user.password_hash, password)


def _admins(app: "Flask") -> list[Any]:
    """Return those who may do most, the oldest first. Others choose what they like, and stop no start."""
    room = accounts_of(app)
    users = room.users.c
    admins = select(users.email, users.username, users.password_hash).where(
        users.is_active, users.password_hash.is_not(None), users.role == ADMIN
    )
    with room.database.reading() as session:
        return list(session.execute(admins.order_by(users.id).limit(_MOST_ADMINS)).all())
