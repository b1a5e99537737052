"""Users, for administrators: found, looked at, shut out and let in again, given roles, logged out."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from carboy.accounts import administering, auditing, ending, finding, sessions
from carboy.accounts.administering import Filters
from carboy.accounts.api.admin import UserQuery
from carboy.accounts.api.profiles import session_out
from carboy.accounts.authenticators import my_sign_in, refuse_myself
from carboy.accounts.events import EVENTS
from carboy.accounts.flask import accounts, caller
from carboy.accounts.refusals import LastAdmin
from carboy.accounts.table import ADMIN
from carboy.data.pages import Window
from carboy.web.contracts.schemas import Schema
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.places import Form, Query
from carboy.web.identity import requires_role, sudo


class RoleForm(Schema):
    """Another role."""

    role: Annotated[str, Field(max_length=16)]


def add(pages: Blueprint) -> None:
    """Put the pages about users on the application."""
    pages.get("/users")(list_users)
    pages.get("/users/<uuid:user_id>")(show_user)
    pages.post("/users/<uuid:user_id>/role")(set_role)
    pages.post("/users/<uuid:user_id>/disable")(disable)
    pages.post("/users/<uuid:user_id>/enable")(enable)
    pages.post("/users/<uuid:user_id>/sessions/revoke")(revoke_sessions)
    pages.post("/users/<uuid:user_id>/sessions/<uuid:session_id>/revoke")(revoke_session)


@endpoint
@requires_role(ADMIN)
def list_users(query: Annotated[UserQuery, Query()]) -> str:
    """List users, the newest first, and find some of them."""
    room = accounts()
    filters = Filters(text=query.q, role=query.role, is_active=query.active)
    page = administering.search(room, filters, query.window)
    return render_template("administration/users.html", page=page, query=query, roles=_roles())


@requires_role(ADMIN)
def show_user(user_id: UUID) -> str:
    """Show a user, where they are signed in, and what happened to them of late."""
    room = accounts()
    latest = auditing.events(room, auditing.Wanted(user_id=user_id), Window(limit=10)).items
    return render_template(
        "administration/user.html",
        user=finding.must_be(room, user_id),
        roles=_roles(),
        is_me=user_id == my_sign_in().user_id,
        sessions=[session_out(row, my_sign_in().session_id) for row in sessions.list_of(room, user_id)],
        events=latest,
        words=EVENTS,
        people=auditing.people_behind(room, latest),
    )


@endpoint(raises=[LastAdmin], again=show_user)
@requires_role(ADMIN)
@sudo
def set_role(user_id: UUID, said: Annotated[RoleForm, Form()]) -> Response:
    """Give a user another role."""
    refuse_myself(user_id)
    administering.set_role(accounts(), user_id, said.role, caller=caller())
    return _back(user_id, f"Their role is {said.role} from now on.")


@endpoint(raises=[LastAdmin], again=show_user)
@requires_role(ADMIN)
@sudo
def disable(user_id: UUID) -> Response:
    """Shut a user out: every sign-in ends, and none begins."""
    refuse_myself(user_id)
    administering.set_active(accounts(), user_id, active=False, caller=caller())
    return _back(user_id, "They are shut out, and logged out everywhere.")


@endpoint(again=show_user)
@requires_role(ADMIN)
@sudo
def enable(user_id: UUID) -> Response:
    """Let a user in again."""
    refuse_myself(user_id)
    administering.set_active(accounts(), user_id, active=True, caller=caller())
    return _back(user_id, "They may log in again.")


@endpoint
@requires_role(ADMIN)
@sudo
def revoke_sessions(user_id: UUID) -> Response:
    """End every sign-in of a user, and every link that they were mailed."""
    administering.end_sessions(accounts(), user_id, caller=caller())
    return _back(user_id, "They are logged out everywhere.")


@endpoint
@requires_role(ADMIN)
@sudo
def revoke_session(user_id: UUID, session_id: UUID) -> Response:
    """End one sign-in of a user."""
    ending.end_one(accounts(), user_id, session_id, caller=caller(), reason="administrator")
    return _back(user_id, "It is logged out.")


def _roles() -> list[str]:
    with accounts().database.reading() as session:
        return administering.roles(session)


def _back(user_id: UUID, said: str) -> Response:
    flash(said, "success")
    return redirect(url_for("administration.show_user", user_id=user_id), 303)
