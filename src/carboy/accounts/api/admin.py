"""Users, for administrators: found, shut out, let in, given roles. What changes something asks for a fresh proof."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from carboy.accounts import administering, finding
from carboy.accounts import sessions as sign_ins
from carboy.accounts.administering import Filters
from carboy.accounts.api.profiles import Name, session_out, shown
from carboy.accounts.api.sessions import SessionsOut
from carboy.accounts.authenticators import my_sign_in, refuse_myself
from carboy.accounts.flask import accounts, caller
from carboy.accounts.refusals import LastAdmin
from carboy.accounts.table import ADMIN
from carboy.data.pages import Page
from carboy.web.contracts.schemas import ListQuery, Schema
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.answers import NoContent
from carboy.web.endpoints.places import Query
from carboy.web.identity import requires_role, sudo


class UserQuery(ListQuery):
    """Which users."""

    q: Annotated[str | None, Field(min_length=1, max_length=120, description="A part of an address or a name.")] = None
    role: Annotated[str | None, Field(max_length=16)] = None
    active: Annotated[bool | None, Field(description="Only those who may sign in, or only those who may not.")] = None


class AnyUser(Schema):
    """A user, as administrators see them."""

    id: UUID
    email: str
    username: str | None
    first_name: Name
    last_name: Name
    role: str
    is_active: bool
    confirmed_at: datetime | None
    created_at: datetime


class ChangeAnyUser(Schema):
    """What administrators change."""

    model_config = shown(is_active=False)

    is_active: Annotated[bool | None, Field(description="false: every sign-in ends, and none begins.")] = None
    role: Annotated[str | None, Field(max_length=16)] = None


def add(blueprint: Blueprint) -> None:
    """Put administration on the API."""
    blueprint.get("/admin/users")(list_users)
    blueprint.get("/admin/users/<uuid:user_id>")(show_user)
    blueprint.patch("/admin/users/<uuid:user_id>")(change_user)
    blueprint.get("/admin/users/<uuid:user_id>/sessions")(list_sessions_of_user)
    blueprint.delete("/admin/users/<uuid:user_id>/sessions")(revoke_sessions_of_user)


@endpoint
@requires_role(ADMIN)
def list_users(query: Annotated[UserQuery, Query()]) -> Page[AnyUser]:
    """List users, the newest first."""
    filters = Filters(text=query.q, role=query.role, is_active=query.active)
    return administering.search(accounts(), filters, query.window)


@endpoint
@requires_role(ADMIN)
def show_user(user_id: UUID) -> AnyUser:
    """Show a user."""
    return AnyUser.of(finding.must_be(accounts(), user_id))


@endpoint(raises=[LastAdmin])
@requires_role(ADMIN)
@sudo
def change_user(user_id: UUID, body: ChangeAnyUser) -> AnyUser:
    """Shut a user out or let them in again, or give them another role. Nobody does that to themselves."""
    refuse_myself(user_id)
    room = accounts()
    if body.role is not None:
        administering.set_role(room, user_id, body.role, caller=caller())
    if body.is_active is not None:
        administering.set_active(room, user_id, body.is_active, caller=caller())
    return AnyUser.of(finding.must_be(room, user_id))


@endpoint
@requires_role(ADMIN)
def list_sessions_of_user(user_id: UUID) -> SessionsOut:
    """List the sign-ins of a user that still hold."""
    user = finding.must_be(accounts(), user_id)
    return SessionsOut(
        items=[session_out(row, my_sign_in().session_id) for row in sign_ins.list_of(accounts(), user.id)]
    )


@endpoint
@requires_role(ADMIN)
@sudo
def revoke_sessions_of_user(user_id: UUID) -> NoContent:
    """End every sign-in of a user."""
    administering.end_sessions(accounts(), user_id, caller=caller())
    return NoContent()
