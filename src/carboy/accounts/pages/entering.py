"""Signing up, in and out."""

from typing import Annotated

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from carboy.accounts import registering, signing_in
from carboy.accounts.api.profiles import Credentials
from carboy.accounts.api.users import NewUser
from carboy.accounts.browser import keep, know_again, let_go
from carboy.accounts.finding import Login
from carboy.accounts.flask import accounts, caller
from carboy.accounts.refusals import InvalidCredentials, RegistrationClosed
from carboy.accounts.table import Kind
from carboy.data.flask import own_transactions
from carboy.web import identity
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.places import Form
from carboy.web.identity import credentials, public
from carboy.web.redirects import home, safe_next
from carboy.web.throttle import throttled

# Not "cookies": that takes those of every sister site as well, and the one by which this browser is known again.
FORGET = '"cache", "storage"'


class LogIn(Credentials):
    """Who somebody says they are, the proof, and where they wanted to go."""

    remember: bool = False
    next: str = ""

    @property
    def login(self) -> Login:
        """Who they say they are. One field takes an address or a user name, and no user name has an @."""
        if self.email is not None and "@" not in self.email:
            return Login(username=self.email)
        return super().login


def add(pages: Blueprint) -> None:
    """Put the ways in and out on the application."""
    pages.get("/register")(show_registration)
    pages.post("/register")(register)
    pages.get("/check-mail")(check_mail)
    pages.get("/login")(show_log_in)
    pages.post("/login")(log_in)
    pages.post("/logout")(log_out)


@public
def show_registration() -> str:
    """Show the form to sign up."""
    room = accounts()
    if not room.policy.open_to_all:
        raise RegistrationClosed
    return render_template("accounts/register.html", shortest=room.passwords.min_length)


@endpoint(again=show_registration)
@throttled("60/minute")
@public
@own_transactions
def register(user: Annotated[NewUser, Form()]) -> Response:
    """Sign up. Whoever owns the address gets a mail; the answer is the same for all."""
    registering.register(accounts(), caller=caller(), **user.model_dump())
    return redirect(url_for("accounts.check_mail"), 303)


@public
def check_mail() -> str:
    """Say that a mail is on its way, if it is."""
    return render_template("accounts/check_mail.html")


@public
def show_log_in() -> Response:
    """Show the form to sign in; whoever is signed in already goes on."""
    wanted = request.args.get("next", "")
    if request.method != "POST" and identity.current().user_id:
        return redirect(safe_next(wanted), 303)
    return make_response(render_template("accounts/login.html", next=wanted))


@endpoint(raises=[InvalidCredentials], again=show_log_in)
@public
@credentials
@own_transactions
def log_in(said: Annotated[LogIn, Form()]) -> Response:
    """Sign in, and go where they wanted to."""
    held = signing_in.log_in(accounts(), said.login, said.password, kind=Kind.BROWSER, caller=caller())
    keep(held, remember=said.remember)
    response = redirect(safe_next(said.next), 303)
    know_again(response, held)
    return response


@public
@own_transactions
def log_out() -> Response:
    """Sign out: the sign-in ends, and the browser forgets what it kept of us."""
    let_go()
    flash("You are logged out.", "success")
    return forgetting(redirect(home(), 303))


def forgetting(response: Response) -> Response:
    """Have the browser forget what it keeps of us."""
    response.headers["Clear-Site-Data"] = FORGET
    return response
