"""JWTs: a short access token, and a refresh token that is used once."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from carboy.accounts import proving, refreshing, signing_in
from carboy.accounts.api.profiles import Credentials, Proof, TokensOut, shown, tokens_out
from carboy.accounts.authenticators import my_sign_in
from carboy.accounts.flask import accounts, caller
from carboy.accounts.refusals import InvalidCredentials, RefreshReused, TokenExpired, TokenInvalid, TokenRevoked
from carboy.accounts.table import Kind
from carboy.data.flask import own_transactions
from carboy.web.contracts.schemas import Schema
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.answers import NoContent
from carboy.web.identity import credentials, public


class Refresh(Schema):
    """The refresh token."""

    model_config = shown(refresh_token="eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl")  # noqa: S106  (nobody's)

    refresh_token: Annotated[str, Field(min_length=1, max_length=4096)]


class TokenOut(Schema):
    """What an access token says."""

    active: Literal[True] = True
    sub: Annotated[UUID, Field(description="Whose it is.")]
    sid: Annotated[UUID, Field(description="Of which sign-in.")]
    exp: Annotated[datetime, Field(description="When it expires.")]
    scope: Annotated[str, Field(description="The role of its user.")]


def add(blueprint: Blueprint) -> None:
    """Put tokens on the API."""
    blueprint.post("/tokens")(create_tokens)
    blueprint.get("/tokens")(show_token)
    blueprint.put("/tokens")(refresh_tokens)
    blueprint.delete("/tokens")(revoke_tokens)
    blueprint.post("/tokens/reauthenticate")(reauthenticate_token)


@endpoint(raises=[InvalidCredentials])
@public
@credentials
@own_transactions
def create_tokens(body: Credentials) -> TokensOut:
    """Sign in for an access token and a refresh token."""
    return tokens_out(signing_in.log_in(accounts(), body.login, body.password, kind=Kind.JWT, caller=caller()))


@endpoint
@credentials
def show_token() -> TokenOut:
    """Show what the token that asks is good for."""
    found = my_sign_in()
    return TokenOut(sub=found.user_id, sid=found.session_id, exp=found.expires_at, scope=found.role)


@endpoint(raises=[TokenInvalid, TokenExpired, TokenRevoked, RefreshReused])
@public
@credentials
@own_transactions
def refresh_tokens(body: Refresh) -> TokensOut:
    """Use up a refresh token for new tokens.

    Sent again within some seconds it gives the same; later it ends the sign-in, since somebody may have stolen it.
    """
    return tokens_out(refreshing.refresh(accounts(), body.refresh_token, caller=caller()))


@endpoint
def revoke_tokens() -> NoContent:
    """Sign out: the access token, the refresh token and all that came of them end."""
    found = my_sign_in()
    signing_in.log_out(accounts(), found.session_id, caller=caller(), token=found.jti)
    return NoContent()


@endpoint(raises=[InvalidCredentials])
@credentials
@own_transactions
def reauthenticate_token(body: Proof) -> TokensOut:
    """Type the password once more, for what only the owner may do; the sign-in that asks gets new tokens."""
    me = my_sign_in(Kind.JWT)
    return tokens_out(proving.reauthenticate(accounts(), me.session_id, body.password, caller=caller()))
