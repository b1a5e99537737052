"""A job over HTTP, for whoever asked for it: /api/v1/jobs/<id>. To everybody else it is not there.

@api.post("/exports")
@endpoint
def start_export() -> Accepted[JobStatus]:
    return accepted(jobs().enqueue(export, …))
"""

import json
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from flask import Blueprint, current_app, request, url_for
from pydantic import Field, JsonValue

from carboy.errors import Conflict, NotFound, SetupError, Unauthenticated
from carboy.jobs.flask import jobs
from carboy.jobs.table import FINISHED, State
from carboy.web import families, identity
from carboy.web.contracts.schemas import Schema
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.answers import Accepted, NoContent, Reply

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Row

_LONGEST_POLL_SECONDS = 60
_NOT_DONE = "It could not be done. The fault is on our side, and it is written down."


class JobStatus(Schema):
    """How it stands with a job."""

    id: UUID
    state: State
    cancelling: Annotated[bool, Field(description="Whether a stop was asked for; it ends where it can.")]
    progress: Annotated[float | None, Field(ge=0, le=1, description="How much of it is done, from 0 to 1.")]
    note: Annotated[str | None, Field(description="What it says of itself at the moment.")]
    result: Annotated[JsonValue, Field(description="What came of it, once it is done.")]
    error: Annotated[str | None, Field(description="Why it failed, for people to read.")]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def register(app: "Flask", api: Blueprint) -> None:
    """Put the jobs on this version of the API, if the application has any."""
    if "carboy.jobs" not in app.extensions:
        return
    blueprint = Blueprint("jobs", __name__)
    blueprint.get("/jobs/<uuid:job_id>")(get_job)
    blueprint.delete("/jobs/<uuid:job_id>")(cancel_job)
    api.register_blueprint(blueprint)
    app.extensions.setdefault("carboy.jobs_api", []).append(api.name)


def accepted(job_id: UUID) -> Accepted[JobStatus]:
    """Answer that this job is taken on, and where to look how it goes. It must be one of whoever asks now."""
    row = jobs().find(job_id)
    if row is None:
        raise NotFound("There is no such job.")
    if row.asked_by not in _askers():
        raise SetupError(
            f"The job {row.handler} was asked for by somebody else, and whoever asks now could not look at it."
            " Put the asker into its key; for strangers, say asked_by=visitor()."
        )
    return Accepted(_shown(row), location=job_url(job_id), headers=_poll_hint(row))


def shown_to(job_id: UUID, asker: str) -> JobStatus:
    """Return how it stands with a job, for the page of whoever asked for it. To everybody else it is not there."""
    row = jobs().find(job_id)
    if row is None or row.asked_by != asker:
        raise NotFound("There is no such job, or it is not yours.")
    return _shown(row)


def job_url(job_id: UUID) -> str:
    """Return where the API shows this job: the version that is asked here, or else the first."""
    mounted: list[str] = current_app.extensions.get("carboy.jobs_api", [])
    if not mounted:
        raise SetupError("No API shows jobs. Call carboy.ops.jobs.register(app, blueprint) for one that shall.")
    asked = families.api_of(request)
    return url_for(f"{asked if asked in mounted else mounted[0]}.jobs.get_job", job_id=job_id)


# A visitor is no identity, so the door is open and the view itself asks.
@endpoint
@identity.public
def get_job(job_id: UUID) -> Reply[JobStatus]:
    """Show a job to whoever asked for it.

    While it is under way, Retry-After says when to look again.
    """
    row = _mine(job_id)
    shown = _shown(row)
    return Reply(shown, etag=_version(shown), headers={"Cache-Control": "private, no-cache", **_poll_hint(row)})


@endpoint
@identity.public
def cancel_job(job_id: UUID) -> NoContent:
    """Take a job back.

    One that waits is over at once; one that runs is told, and ends where it can.
    """
    row = _mine(job_id)
    if jobs().cancel(job_id) is None and row.state != State.CANCELLED:
        raise Conflict("It has ended already; there is nothing to take back.")
    return NoContent()


def _mine(job_id: UUID) -> "Row[Any]":
    askers = _askers()
    if not askers:
        raise Unauthenticated("A job is shown to whoever asked for it.", challenge=identity.challenges())
    row = jobs().find(job_id)
    if row is None or row.asked_by not in askers:
        raise NotFound("There is no such job, or it is not yours.")
    return row


def _askers() -> set[str]:
    return {identity.current().principal, identity.known_visitor()} - {""}


def _shown(row: "Row[Any]") -> JobStatus:
    return JobStatus(
        id=row.id,
        state=State(row.state),
        cancelling=row.unwanted and row.state == State.RUNNING,
        progress=row.progress,
        note=row.note if row.state not in (State.DONE, State.FAILED) else None,
        result=json.loads(row.result) if row.state == State.DONE and row.result else None,
        error=(row.note or _NOT_DONE) if row.state == State.FAILED else None,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _version(shown: JobStatus) -> str:
    return blake2b(shown.model_dump_json().encode(), digest_size=12).hexdigest()


def _poll_hint(row: "Row[Any]") -> dict[str, str]:
    if row.state in FINISHED:
        return {}
    rest = (row.due_at - jobs().clock()).total_seconds() if row.state == State.QUEUED else 0
    return {"Retry-After": str(round(min(max(rest, 1), _LONGEST_POLL_SECONDS)))}
