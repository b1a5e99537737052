"""The accounts of the application that is at work: `accounts()`, and from where a request comes to them: `caller()`."""

from flask import Flask, current_app, request

from carboy.accounts.room import Accounts, Caller
from carboy.errors import SetupError


def accounts_of(app: Flask) -> Accounts:
    """Return the accounts of this application."""
    try:
        room: Accounts = app.extensions["carboy.accounts"]
    except KeyError:
        raise SetupError(
            f"App {app.name!r} has no accounts. Call carboy.accounts.init_app(app, User) where the application is made."
        ) from None
    return room


def accounts() -> Accounts:
    """Return the accounts of the application that is at work."""
    return accounts_of(current_app)


def caller() -> Caller:
    """Return from where this request comes."""
    return Caller(request.remote_addr or "", request.user_agent.string, request.cookies.get(device_cookie(), ""))


def device_cookie() -> str:
    """Return the name of the cookie by which a browser is known again."""
    session_cookie = str(current_app.config["SESSION_COOKIE_NAME"])
    named = "session" in session_cookie
    return session_cookie.replace("session", "device", 1) if named else f"{session_cookie}-device"
