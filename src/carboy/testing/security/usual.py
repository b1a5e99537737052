"""What the library knows of its own routes, so that no project has to say it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from carboy.testing.security.things import Fields, Link, Maker

if TYPE_CHECKING:
    from flask import Flask

    from carboy.accounts.finding import User
    from carboy.testing.accounts import UsersOfTest
    from carboy.testing.security.walking import Walk

PASSWORD = "correct horse battery staple"  # noqa: S105  (of users who are made and gone in a test)
_EMAIL = {"email": "{email}"}
_BOTH = {"email": "{email}", "password": "{password}"}

LOG_INS: Mapping[str, Fields] = {"/login": _BOTH, "/api/v1/tokens": _BOTH, "/api/v1/sessions": _BOTH}
PROOFS: Mapping[str, Fields] = {"/account/reauthenticate": {"password": "{password}"}}
ASKS_FOR_MAIL: Mapping[str, Fields] = {
    "/register": _BOTH,
    "/password/forgot": _EMAIL,
    "/confirm/resend": _EMAIL,
    "/api/v1/users": _BOTH,
    "/api/v1/password-resets": _EMAIL,
    "/api/v1/email-confirmations": _EMAIL,
}


def is_shared(endpoint: str) -> bool:
    """Whether this is a route of the library with a name, and no id, in it: files, explanations of errors."""
    name = endpoint.rpartition(".")[2]
    return name in ("static", "docs_file", "carboy_problem") or endpoint.startswith("carboy_mailbox.")


def session_of(owner: "User", users: "UsersOfTest") -> UUID:
    """Begin a sign-in of the owner."""
    from carboy.accounts.table import Kind  # where there are no accounts, nobody needs their tables

    return users.sign_in(owner, Kind.API).session_id


def job_of(owner: "User", app: "Flask") -> UUID:
    """Have the owner ask for a job."""
    from carboy.context import utc_now
    from carboy.jobs import upkeep
    from carboy.jobs.flask import jobs_of

    room = jobs_of(app)
    with room.database.transaction():
        return room.enqueue(upkeep.prune, asked_by=f"user:{owner.id}", at=utc_now() + timedelta(days=1))


def link_to_confirm(walk: "Walk") -> Link:
    """Have the first mail sent to somebody new."""
    token = _drawn(walk, "confirm_email", to="confirms@example.org")
    return Link(token, "/confirm", {"token": token})


def link_to_new_email(walk: "Walk") -> Link:
    """Have somebody ask for another address."""
    token = _drawn(walk, "change_email", to="moved@example.org")
    return Link(token, "/account/email/confirm", {"token": token})


def link_to_reset(walk: "Walk") -> Link:
    """Have somebody forget their password."""
    return Link(
        _drawn(walk, "reset_password", to="forgets@example.org"), "/password/reset", {"password": f"new {PASSWORD}"}
    )


def _drawn(walk: "Walk", purpose: str, *, to: str) -> str:
    from carboy.accounts import mailed
    from carboy.accounts.flask import accounts_of
    from carboy.accounts.table import Purpose

    moves = purpose == Purpose.CHANGE_EMAIL
    reader = walk.make_user(f"before-{to}" if moves else to, confirmed_at=None)
    with accounts_of(walk.app).database.transaction() as session:
        return mailed.draw(session, reader, Purpose(purpose), to=to, lifetime=timedelta(hours=1))


BELONGS: Mapping[str, Maker] = {
    "accounts.revoke_session": session_of,
    "jobs.get_job": job_of,
    "jobs.cancel_job": job_of,
}
MAILED_LINKS: Mapping[str, Maker] = {
    "accounts.show_confirmation": link_to_confirm,
    "accounts.show_new_email": link_to_new_email,
    "accounts.begin_reset": link_to_reset,
}
