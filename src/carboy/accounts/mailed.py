"""Links that are sent by mail: each is good once, for one purpose, and for the address that it was sent to."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, insert, select

from carboy.accounts import finding, opaque
from carboy.accounts.refusals import LinkInvalid
from carboy.accounts.table import USER_TOKENS, Purpose
from carboy.context import utc_now
from carboy.data import win_update

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from carboy.accounts.finding import User
    from carboy.accounts.room import Accounts

_COLUMNS = USER_TOKENS.c


def draw(session: "Session", user: "User", purpose: Purpose, *, to: str, lifetime: timedelta) -> str:
    """Return the token of a new link; those for the same purpose that were sent before are dead."""
    forget(session, user, purpose)
    token = opaque.draw()
    row = {
        "user_id": user.id,
        "purpose": purpose,
        "token_hash": opaque.digest(token),
        "sent_to": to,
        "expires_at": utc_now() + lifetime,
    }
    session.execute(insert(USER_TOKENS), row)
    return token


def forget(session: "Session", user: "User", *purposes: Purpose) -> None:
    """End a user's links for these purposes."""
    mine = (_COLUMNS.user_id == user.id) & _COLUMNS.purpose.in_(purposes or tuple(Purpose))
    session.execute(delete(USER_TOKENS).where(mine))


def look_at(room: "Accounts", token: str, purpose: Purpose) -> Row[Any]:
    """Return what is kept of a link, which stays good."""
    with room.database.reading() as session:
        row = session.execute(select(USER_TOKENS).where(_good(token, purpose))).one_or_none()
    return row or _refuse()


def use(room: "Accounts", session: "Session", token: str, purpose: Purpose) -> tuple["User", str]:
    """Use up a link, and return whose it is and where it was sent; of many who use it at once, one may."""
    is_good, used = _good(token, purpose), {"used_at": utc_now()}
    owner = session.scalar(select(_COLUMNS.user_id).where(is_good)) or _refuse()
    user = finding.locked(room, session, owner)
    link = win_update(session, USER_TOKENS, where=is_good, values=used, returning=(_COLUMNS.sent_to,))
    return (user, link.sent_to) if user and link else _refuse()


def _good(token: str, purpose: Purpose) -> "ColumnElement[bool]":
    is_mine = (_COLUMNS.token_hash == opaque.digest(token)) & (_COLUMNS.purpose == purpose)
    return is_mine & _COLUMNS.used_at.is_(None) & (_COLUMNS.expires_at > utc_now())


def _refuse() -> Any:
    raise LinkInvalid
