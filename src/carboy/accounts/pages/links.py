"""What is done with a mail: confirming an address, choosing a new password, taking a new address.

To follow a link changes nothing: mail scanners do it. What changes something is the button on the page behind it.
"""

from typing import Annotated, Any, TypeVar

from flask import Blueprint, Response, flash, make_response, redirect, render_template, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from carboy.accounts import changing, mailed, registering
from carboy.accounts.api.links import Link, To
from carboy.accounts.api.profiles import NewPassword
from carboy.accounts.flask import accounts, caller
from carboy.accounts.pages.entering import check_mail
from carboy.accounts.refusals import LinkInvalid
from carboy.accounts.table import Purpose
from carboy.data.flask import own_transactions
from carboy.web import identity
from carboy.web.contracts.schemas import Schema
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.places import Form
from carboy.web.identity import public

Answer = TypeVar("Answer", bound=AnyResponse)

_RESET = "_reset"  # the session holds the token of a link, so that the address of the page does not


class ChosenPassword(Schema):
    """The password that is chosen with a link."""

    password: NewPassword


def add(pages: Blueprint) -> None:
    """Put what is done with a mail on the application."""
    pages.get("/password/forgot")(show_forgotten)
    pages.post("/password/forgot")(ask_for_reset)
    pages.get("/password/reset/<token>")(begin_reset)
    pages.get("/password/reset")(show_reset)
    pages.post("/password/reset")(reset_password)
    pages.post("/confirm/resend")(ask_for_confirmation)
    pages.get("/confirm/<token>")(show_confirmation)
    pages.post("/confirm")(confirm)
    pages.get("/account/email/<token>")(show_new_email)
    pages.post("/account/email/confirm")(take_new_email)


@public
def show_forgotten() -> str:
    """Show the form to ask for a link."""
    return render_template("accounts/forgot.html")


@endpoint(again=show_forgotten)
@public
def ask_for_reset(to: Annotated[To, Form()]) -> AnyResponse:
    """Have a link to choose a new password sent, if the address has an account."""
    changing.forgot_password(accounts(), to.email, caller=caller())
    return redirect(url_for("accounts.check_mail"), 303)


@public
def begin_reset(token: str) -> AnyResponse:
    """Put the link's token where nobody reads it over a shoulder, in a history or in a Referer."""
    mailed.look_at(accounts(), token, Purpose.RESET_PASSWORD)
    session[_RESET] = token
    return _between_us(redirect(url_for("accounts.show_reset"), 303))


@public
def show_reset() -> AnyResponse:
    """Show the form for the new password."""
    room = accounts()
    found = mailed.look_at(room, _token(), Purpose.RESET_PASSWORD)
    return _page("accounts/reset.html", shortest=room.passwords.min_length, email=found.sent_to)


@endpoint(raises=[LinkInvalid], again=show_reset)
@public
@own_transactions
def reset_password(chosen: Annotated[ChosenPassword, Form()]) -> AnyResponse:
    """Choose the new password. Every sign-in ends, and none begins."""
    changing.reset_password(accounts(), _token(), chosen.password, caller=caller())
    session.pop(_RESET)
    flash("You have a new password. Please log in with it.", "success")
    return redirect(url_for("accounts.show_log_in"), 303)


@endpoint(again=check_mail)
@public
def ask_for_confirmation(to: Annotated[To, Form()]) -> AnyResponse:
    """Have the link that confirms an address sent once more, if somebody waits for it."""
    registering.ask_again(accounts(), to.email, caller=caller())
    return redirect(url_for("accounts.check_mail"), 303)


@public
def show_confirmation(token: str) -> AnyResponse:
    """Show the button that confirms an address."""
    found = mailed.look_at(accounts(), token, Purpose.CONFIRM_EMAIL)
    return _page("accounts/confirm.html", token=token, email=found.sent_to)


@endpoint(raises=[LinkInvalid])
@public
def confirm(link: Annotated[Link, Form()]) -> AnyResponse:
    """Confirm an address."""
    registering.confirm(accounts(), link.token, caller=caller())
    flash("Your address is confirmed.", "success")
    return redirect(_onwards(), 303)


@public
def show_new_email(token: str) -> AnyResponse:
    """Show the button that takes a new address."""
    found = mailed.look_at(accounts(), token, Purpose.CHANGE_EMAIL)
    return _page("accounts/confirm_email.html", token=token, email=found.sent_to)


@endpoint(raises=[LinkInvalid])
@public
def take_new_email(link: Annotated[Link, Form()]) -> AnyResponse:
    """Take the new address. Every sign-in ends but the one of this browser."""
    changing.change_email(accounts(), link.token, caller=caller(), but=identity.current().session_id)
    flash("Your new address is confirmed. Everywhere else you are logged out.", "success")
    return redirect(_onwards(), 303)


def _token() -> str:
    token = session.get(_RESET)
    if not isinstance(token, str):
        raise LinkInvalid
    return token


def _onwards() -> str:
    signed_in = identity.current().user_id is not None
    return url_for("accounts.show_profile" if signed_in else "accounts.show_log_in")


def _page(template: str, **values: Any) -> Response:
    return _between_us(make_response(render_template(template, **values)))


def _between_us(response: Answer) -> Answer:
    """Have nobody told, and nothing kept, of an address or a page that holds a token."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
