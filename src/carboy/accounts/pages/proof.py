"""The password, typed once more: for what only the owner of the account may do."""

from typing import Annotated

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from carboy.accounts import finding, proving
from carboy.accounts.api.profiles import Proof
from carboy.accounts.authenticators import my_sign_in
from carboy.accounts.browser import go_on
from carboy.accounts.flask import accounts, caller
from carboy.accounts.refusals import InvalidCredentials
from carboy.data.flask import own_transactions
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.places import Form
from carboy.web.identity import credentials
from carboy.web.redirects import safe_next


class ProofForm(Proof):
    """The password once more, and where its owner wants to go on."""

    next: str = ""


def add(pages: Blueprint) -> None:
    """Put the page that asks for a proof on the application."""
    pages.get("/account/reauthenticate")(show_proof)
    pages.post("/account/reauthenticate")(prove)


def show_proof() -> str:
    """Show the form for the password."""
    user = finding.must_be(accounts(), my_sign_in().user_id)
    return render_template("accounts/reauthenticate.html", user=user, next=request.args.get("next", ""))


@endpoint(raises=[InvalidCredentials], again=show_proof)
@credentials
@own_transactions
def prove(said: Annotated[ProofForm, Form()]) -> Response:
    """Prove it, and go on; the browser gets a new token."""
    go_on(proving.reauthenticate(accounts(), my_sign_in().session_id, said.password, caller=caller()))
    return redirect(safe_next(said.next), 303)
