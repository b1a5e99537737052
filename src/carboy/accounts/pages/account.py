"""The account itself: its password, its address, and whether it exists."""

from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from carboy.accounts import changing, finding
from carboy.accounts.api.links import NewEmail
from carboy.accounts.api.users import ChangePassword
from carboy.accounts.authenticators import my_sign_in
from carboy.accounts.browser import go_on
from carboy.accounts.flask import accounts, caller
from carboy.accounts.pages.entering import forgetting
from carboy.accounts.refusals import LastAdmin
from carboy.data.flask import own_transactions
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.places import Form
from carboy.web.identity import credentials, sudo
from carboy.web.redirects import home
from carboy.web.throttle import throttled


def add(pages: Blueprint) -> None:
    """Put the pages of the account on the application."""
    pages.get("/account/password")(show_password)
    pages.post("/account/password")(change_password)
    pages.get("/account/email")(show_email)
    pages.post("/account/email")(ask_for_email)
    pages.get("/account/delete")(show_deletion)
    pages.post("/account/delete")(delete_account)


def show_password() -> str:
    """Show the form for a new password."""
    room = accounts()
    user = finding.must_be(room, my_sign_in().user_id)
    return render_template("accounts/password.html", user=user, shortest=room.passwords.min_length)


@endpoint(again=show_password)
@throttled("60/minute")  # a password that is refused takes a while to judge
@credentials
@own_transactions
def change_password(said: Annotated[ChangePassword, Form()]) -> Response:
    """Choose a new password. Every other sign-in ends."""
    me = my_sign_in()
    go_on(changing.change_password(accounts(), me.session_id, said.current_password, said.password, caller=caller()))
    flash("You have a new password. Everywhere else you are logged out.", "success")
    return redirect(url_for("accounts.show_password"), 303)


@sudo
def show_email() -> str:
    """Show the form for a new address."""
    return render_template("accounts/email.html", user=finding.must_be(accounts(), my_sign_in().user_id))


@endpoint(again=show_email)
@sudo
def ask_for_email(wanted: Annotated[NewEmail, Form()]) -> Response:
    """Have a link sent to the address that is wanted from now on. Whether somebody has it is not told."""
    changing.ask_for_email(accounts(), my_sign_in().user_id, wanted.email, caller=caller())
    flash("If the address can be used, a message is on its way to it. Its link makes the address yours.", "info")
    return redirect(url_for("accounts.show_email"), 303)


@sudo
def show_deletion() -> str:
    """Show what deleting the account means."""
    return render_template("accounts/delete.html", user=finding.must_be(accounts(), my_sign_in().user_id))


@endpoint(raises=[LastAdmin], again=show_deletion)
@sudo
def delete_account() -> Response:
    """Delete the account, and all that hangs off it."""
    changing.delete_account(accounts(), my_sign_in().user_id, caller=caller())
    session.clear()
    flash("Your account is deleted.", "success")
    return forgetting(redirect(home(), 303))
