"""What is done with a mail: choosing a new password, confirming an address, changing it.

Asking for a mail is answered alike for everybody; following its link works once, and by PUT, since mail scanners GET.
"""

from flask import Blueprint

from carboy.accounts import changing, registering
from carboy.accounts.api.profiles import A_PASSWORD, Email, LinkToken, NewPassword, Said, shown
from carboy.accounts.authenticators import my_sign_in
from carboy.accounts.flask import accounts, caller
from carboy.accounts.refusals import LinkInvalid
from carboy.data.flask import own_transactions
from carboy.web import identity
from carboy.web.contracts.schemas import Schema
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.answers import Accepted, NoContent
from carboy.web.identity import public, sudo

A_LINK = "Kq3vT9yXbN0sZ1wJr5uLhD7mPfA2cGeV8oYtRxQ4iBk"
SENT = "If the address has an account here, a message has been sent."


class To(Schema):
    """Where a mail is wanted."""

    model_config = shown(email="ada@example.org")

    email: Email


class NewEmail(Schema):
    """The address that is wanted from now on."""

    model_config = shown(email="ada@example.net")

    email: Email


class Link(Schema):
    """What came by mail."""

    model_config = shown(token=A_LINK)

    token: LinkToken


class NewPasswordByLink(Link):
    """What came by mail, and a new password."""

    model_config = shown(token=A_LINK, password=A_PASSWORD)

    password: NewPassword


def add(blueprint: Blueprint) -> None:
    """Put what is done with a mail on the API."""
    blueprint.post("/password-resets")(ask_for_password_reset)
    blueprint.put("/password-resets")(reset_password)
    blueprint.post("/email-confirmations")(ask_for_confirmation)
    blueprint.put("/email-confirmations")(confirm_email)
    blueprint.post("/email-changes")(ask_for_email_change)
    blueprint.put("/email-changes")(change_email)


@endpoint
@public
def ask_for_password_reset(body: To) -> Accepted[Said]:
    """Have a link to choose a new password sent to an address."""
    changing.forgot_password(accounts(), body.email, caller=caller())
    return Accepted(Said(detail=SENT))


@endpoint(raises=[LinkInvalid])
@public
@own_transactions
def reset_password(body: NewPasswordByLink) -> NoContent:
    """Choose a new password with a mailed link.

    Every sign-in ends; sign in with the new password.
    """
    changing.reset_password(accounts(), body.token, body.password, caller=caller())
    return NoContent()


@endpoint
@public
def ask_for_confirmation(body: To) -> Accepted[Said]:
    """Have the link that confirms an address sent once more."""
    registering.ask_again(accounts(), body.email, caller=caller())
    return Accepted(Said(detail=SENT))


@endpoint(raises=[LinkInvalid])
@public
def confirm_email(body: Link) -> NoContent:
    """Confirm an address with a mailed link."""
    registering.confirm(accounts(), body.token, caller=caller())
    return NoContent()


@endpoint
@sudo
def ask_for_email_change(body: NewEmail) -> Accepted[Said]:
    """Have a link sent to the address that is wanted from now on."""
    changing.ask_for_email(accounts(), my_sign_in().user_id, body.email, caller=caller())
    return Accepted(Said(detail="If the address can be used, a message has been sent to it."))


@endpoint(raises=[LinkInvalid])
@public
def change_email(body: Link) -> NoContent:
    """Confirm a new address with a mailed link; every sign-in but the one that asks ends."""
    changing.change_email(accounts(), body.token, caller=caller(), but=identity.current().session_id)
    return NoContent()
