"""Signing in and out with a browser: its signed session holds the token, and begins anew each time."""

from typing import TYPE_CHECKING

from flask import Response, current_app, session

from carboy.accounts import signing_in
from carboy.accounts.authenticators import IN_THE_SESSION
from carboy.accounts.flask import accounts, caller, device_cookie
from carboy.web import csrf, identity

if TYPE_CHECKING:
    from uuid import UUID

    from carboy.accounts.sessions import Pair

DEVICE_SECONDS = 365 * 24 * 3600


def keep(pair: "Pair", *, remember: bool = False) -> None:
    """Have this browser hold a sign-in. What it held before, a stranger's or another one, is gone."""
    let_go()
    session[IN_THE_SESSION] = pair.session_token
    session.permanent = remember
    csrf.rotate_secret()


def let_go() -> None:
    """Sign this browser out: its sign-in ends, so that a copy of the cookie opens nothing, and it forgets the rest."""
    if IN_THE_SESSION in session and (session_id := identity.current().session_id):
        signing_in.log_out(accounts(), session_id, caller=caller())
    session.clear()


def know_again(response: Response, user_id: "UUID") -> None:
    """Have this browser known again, so that nobody who guesses elsewhere keeps its owner out."""
    config = current_app.config
    response.set_cookie(
        device_cookie(),
        accounts().devices.remember(user_id),
        max_age=DEVICE_SECONDS,
        path=config["SESSION_COOKIE_PATH"],
        secure=config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
