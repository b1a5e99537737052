"""Users: signing up, and what they see and change of themselves.

What users say of themselves is the application's to say, so the views are made for its profile.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field, create_model

from carboy.accounts import changing, finding, registering
from carboy.accounts.api.profiles import (
    A_PASSWORD,
    Email,
    NewPassword,
    PairOut,
    Password,
    Profile,
    Said,
    TokensOut,
    Username,
    held_out,
    shown,
)
from carboy.accounts.authenticators import my_sign_in
from carboy.accounts.flask import accounts, caller
from carboy.accounts.refusals import RegistrationClosed
from carboy.data.flask import own_transactions
from carboy.web.contracts.schemas import Schema
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.answers import Accepted, NoContent
from carboy.web.identity import credentials, public, sudo
from carboy.web.throttle import throttled

SENT = "If the address can be used, a message has been sent."


class NewUser(Schema):
    """Somebody who signs up."""

    model_config = shown(email="ada@example.org", password=A_PASSWORD)

    email: Email
    password: NewPassword
    username: Username | None = None


class Me(Schema):
    """A user, as they see themselves."""

    id: UUID
    email: str
    username: str | None
    role: str
    confirmed: Annotated[bool, Field(description="Whether the address is known to be theirs.")]
    created_at: datetime


class ChangeMe(Schema):
    """What users change about themselves; what is left out stays."""

    model_config = shown(first_name="Ada", last_name="Lovelace")

    username: Username | None = None


class ChangePassword(Schema):
    """A new password, and the one until now."""

    model_config = shown(current_password=A_PASSWORD, password=f"{A_PASSWORD} twice")

    current_password: Password
    password: NewPassword


def add(blueprint: Blueprint, profile: type[Profile]) -> None:
    """Put users on the API, with what this application asks them."""
    blueprint.post("/users")(_registration(profile))
    show, change = _profile_views(profile)
    blueprint.get("/users/me")(show)
    blueprint.patch("/users/me")(change)
    blueprint.delete("/users/me")(delete_me)
    blueprint.patch("/users/me/password")(change_my_password)


def _registration(profile: type[Profile]) -> Any:
    body_type: Any = create_model("Registration", __base__=(NewUser, profile))

    @endpoint(raises=[RegistrationClosed])
    @throttled("60/minute")  # a password that is refused takes a while to judge
    @public
    @own_transactions
    def register(body: body_type) -> Accepted[Said]:
        """Sign up.

        The answer is the same whether or not the address has an account; whoever owns it gets a mail.
        """
        registering.register(accounts(), caller=caller(), **body.model_dump())
        return Accepted(Said(detail=SENT))

    return register


def _profile_views(profile: type[Profile]) -> tuple[Any, Any]:
    me_type: Any = create_model("User", __base__=(Me, profile))
    change_type: Any = create_model("ChangeUser", __base__=(ChangeMe, profile))

    def me(user: finding.User) -> Any:
        row = {**user._asdict(), "confirmed": user.confirmed_at is not None}
        return me_type(**{name: row[name] for name in me_type.model_fields})

    @endpoint
    def show_me() -> me_type:
        """Show who asks."""
        return me(finding.must_be(accounts(), my_sign_in().user_id))

    @endpoint
    def change_me(body: change_type) -> me_type:
        """Change what is given about who asks."""
        return me(changing.change_profile(accounts(), my_sign_in().user_id, body.given()))

    return show_me, change_me


@endpoint
@sudo
def delete_me() -> NoContent:
    """Delete the account of who asks, and all that hangs off it."""
    changing.delete_account(accounts(), my_sign_in().user_id, caller=caller())
    return NoContent()


@endpoint
@throttled("60/minute")  # as signing up
@credentials
@own_transactions
def change_my_password(body: ChangePassword) -> TokensOut | PairOut:
    """Choose a new password.

    Every other sign-in ends; the one that asks gets new tokens.
    """
    held = changing.change_password(
        accounts(), my_sign_in().session_id, body.current_password, body.password, caller=caller()
    )
    return held_out(held)
