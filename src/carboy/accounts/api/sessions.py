"""Sign-ins with tokens of ours, and the list of all sign-ins of whoever asks, in whatever form."""

from uuid import UUID

from flask import Blueprint, url_for

from carboy.accounts import ending, proving, renewing, signing_in
from carboy.accounts import sessions as sign_ins
from carboy.accounts.api.profiles import Credentials, PairOut, Proof, SessionOut, pair_out, session_out
from carboy.accounts.authenticators import my_sign_in, takes_update_token, update_token
from carboy.accounts.flask import accounts, caller
from carboy.accounts.refusals import (
    InvalidCredentials,
    TokenExpired,
    TokenInvalid,
    TokenRevoked,
    UpdateTokenReused,
)
from carboy.accounts.table import Kind
from carboy.data.flask import own_transactions
from carboy.web.contracts.schemas import Schema
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.answers import Created, NoContent
from carboy.web.identity import credentials, public, sudo


class SessionsOut(Schema):
    """Every sign-in of whoever asks that still holds, the newest first."""

    items: list[SessionOut]


def add(blueprint: Blueprint) -> None:
    """Put sign-ins on the API."""
    blueprint.post("/sessions")(create_session)
    blueprint.get("/sessions")(list_sessions)
    blueprint.delete("/sessions")(revoke_other_sessions)
    blueprint.get("/sessions/current")(show_current_session)
    blueprint.put("/sessions/current")(renew_session)
    blueprint.delete("/sessions/current")(revoke_current_session)
    blueprint.post("/sessions/current/reauthenticate")(reauthenticate_session)
    blueprint.delete("/sessions/<uuid:session_id>")(revoke_session)


@endpoint(raises=[InvalidCredentials])
@public
@credentials
@own_transactions
def create_session(body: Credentials) -> Created[PairOut]:
    """Sign in for a session token, which asks, and an update token, which renews both."""
    pair = signing_in.log_in(accounts(), body.login, body.password, kind=Kind.API, caller=caller())
    return Created(pair_out(pair), location=url_for(".show_current_session"))


@endpoint
def list_sessions() -> SessionsOut:
    """List the sign-ins of who asks: browsers, programs and tokens."""
    me = my_sign_in()
    return SessionsOut(items=[session_out(row, me.session_id) for row in sign_ins.list_of(accounts(), me.user_id)])


@endpoint
def show_current_session() -> SessionOut:
    """Show the sign-in that asks."""
    me = my_sign_in()
    rows = sign_ins.list_of(accounts(), me.user_id)
    if (mine := next((row for row in rows if row.id == me.session_id), None)) is None:
        raise TokenRevoked  # a moment ago
    return session_out(mine, me.session_id)


@endpoint(raises=[TokenInvalid, TokenExpired, TokenRevoked, UpdateTokenReused])
@public
@takes_update_token
@credentials
@own_transactions
def renew_session() -> PairOut:
    """Use up an update token, brought as Bearer, for a new pair.

    Sent again it ends the sign-in, since somebody may have stolen it.
    """
    return pair_out(renewing.renew(accounts(), update_token(), caller=caller()))


@endpoint
def revoke_current_session() -> NoContent:
    """Sign out, whatever the form of the sign-in."""
    found = my_sign_in()
    signing_in.log_out(accounts(), found.session_id, caller=caller(), token=found.jti)
    return NoContent()


@endpoint
@sudo
def revoke_session(session_id: UUID) -> NoContent:
    """End a sign-in of who asks, on another device for instance."""
    ending.end_one(accounts(), my_sign_in().user_id, session_id, caller=caller())
    return NoContent()


@endpoint
@sudo
def revoke_other_sessions() -> NoContent:
    """End every sign-in of who asks but the one that asks."""
    me = my_sign_in()
    ending.end_others(accounts(), me.user_id, but=me.session_id, caller=caller())
    return NoContent()


@endpoint(raises=[InvalidCredentials])
@credentials
@own_transactions
def reauthenticate_session(body: Proof) -> PairOut:
    """Type the password once more, for what only the owner may do; the sign-in that asks gets a new pair."""
    me = my_sign_in(Kind.API)
    return pair_out(proving.reauthenticate(accounts(), me.session_id, body.password, caller=caller()))
