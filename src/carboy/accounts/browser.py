"""Signing in and out with a browser: its signed session holds the token, and begins anew each time."""

from typing import TYPE_CHECKING

from flask import current_app, session

from carboy.accounts import signing_in
from carboy.accounts.authenticators import IN_THE_SESSION
from carboy.accounts.flask import accounts, caller, device_cookie
from carboy.accounts.sessions import Pair
from carboy.errors import SetupError
from carboy.web import csrf, identity

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from carboy.accounts.sessions import Held

DEVICE_SECONDS = 365 * 24 * 3600


def keep(held: "Held", *, remember: bool = False) -> None:
    """Have this browser hold a sign-in. What it held before, a stranger's or another one, is gone."""
    let_go()
    session.permanent = remember
    go_on(held)


def go_on(held: "Held") -> None:
    """Have this browser hold the new token of the sign-in that it has, which proved itself once more."""
    session[IN_THE_SESSION] = of_a_browser(held).session_token
    csrf.rotate_secret()


def let_go() -> None:
    """Sign this browser out: its sign-in ends, so that a copy of the cookie opens nothing, and it forgets the rest."""
    if IN_THE_SESSION in session and (session_id := identity.current().session_id):
        signing_in.log_out(accounts(), session_id, caller=caller())
    session.clear()


def know_again(response: "Response", held: "Held") -> None:
    """Have this browser known again, so that nobody who guesses elsewhere keeps its owner out."""
    config = current_app.config
    response.set_cookie(
        device_cookie(),
        accounts().devices.remember(of_a_browser(held).user_id),
        max_age=DEVICE_SECONDS,
        path=config["SESSION_COOKIE_PATH"],
        secure=config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def of_a_browser(held: "Held") -> Pair:
    """Return what a browser can hold a sign-in by."""
    if not isinstance(held, Pair):
        raise SetupError(
            "A browser cannot hold a sign-in of this kind. Say signing_in.log_in(…, kind=Kind.BROWSER, …)."
        )
    return held
