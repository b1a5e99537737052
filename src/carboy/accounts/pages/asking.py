"""Whoever must say who they are is asked for it, and comes back to where they wanted to go."""

from flask import Flask, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from carboy.accounts.flask import accounts_of
from carboy.errors import ReauthenticationRequired, Unauthenticated
from carboy.web import errors, families, identity
from carboy.web.redirects import came_from, here, home

_READING = ("GET", "HEAD")


def init_app(app: Flask) -> None:
    """Send strangers to the page that asks, instead of telling them 401. Templates know who asks, `me`."""
    app.register_error_handler(Unauthenticated, _ask)
    open_to_all = accounts_of(app).policy.open_to_all
    app.context_processor(lambda: {"me": identity.current(), "registration_is_open": open_to_all})


def _ask(error: Unauthenticated) -> Response:
    is_stranger = type(error) is Unauthenticated
    if families.wants_json(request) or not (is_stranger or isinstance(error, ReauthenticationRequired)):
        return errors.answer(error)
    if is_stranger:
        return _away(url_for("accounts.show_log_in", next=_back_unless_home()))
    if request.method not in _READING:
        flash("Nothing was done yet. Type your password, then do it once more.", "warning")
    return _away(url_for("accounts.show_proof", next=_back()))


def _away(place: str) -> Response:
    response = redirect(place, 303)
    response.headers["Cache-Control"] = "no-store"
    return response


def _back_unless_home() -> str | None:
    back = _back()
    return back if back != home() else None


def _back() -> str:
    """Return where to go on: a form that was sent is not sent again, but its page is shown."""
    return here() if request.method in _READING else came_from()
