"""Where a user is signed in: with which browser or program, from where, and since when."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from carboy.accounts import ending, sessions
from carboy.accounts.api.profiles import session_out
from carboy.accounts.authenticators import my_sign_in
from carboy.accounts.flask import accounts, caller
from carboy.accounts.user_agents import described
from carboy.web.endpoints import endpoint
from carboy.web.identity import sudo


def add(pages: Blueprint) -> None:
    """Put the page of sign-ins on the application."""
    pages.app_template_filter("device")(described)
    pages.get("/account/sessions")(show_sessions)
    pages.post("/account/sessions/<uuid:session_id>/revoke")(revoke_session)
    pages.post("/account/sessions/revoke-others")(revoke_others)


def show_sessions() -> str:
    """List where a user is signed in."""
    me = my_sign_in()
    rows = sessions.list_of(accounts(), me.user_id)
    return render_template("accounts/sessions.html", sessions=[session_out(row, me.session_id) for row in rows])


@endpoint
@sudo
def revoke_session(session_id: UUID) -> Response:
    """End one of them."""
    ending.end_one(accounts(), my_sign_in().user_id, session_id, caller=caller())
    flash("It is logged out.", "success")
    return redirect(url_for("accounts.show_sessions"), 303)


@endpoint
@sudo
def revoke_others() -> Response:
    """End all but the one of this browser."""
    me = my_sign_in()
    ending.end_others(accounts(), me.user_id, but=me.session_id, caller=caller())
    flash("You are logged in here, and nowhere else.", "success")
    return redirect(url_for("accounts.show_sessions"), 303)
