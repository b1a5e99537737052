"""Jobs, for administrators: which there are, how it stands with one, done again or taken back. In /admin/jobs.

The templates are the application's: `administration/jobs.html` and `administration/job.html`.
"""

import logging
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from carboy import context
from carboy.accounts.auditing import addresses
from carboy.accounts.flask import accounts
from carboy.accounts.table import ADMIN
from carboy.data.flask import db
from carboy.errors import Conflict, NotFound
from carboy.jobs import listing, showing
from carboy.jobs.flask import jobs
from carboy.jobs.table import LONGEST_NAME, State
from carboy.web.contracts.schemas import ListQuery
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.places import Query
from carboy.web.identity import requires_role, sudo

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Row

log = logging.getLogger("carboy.jobs")


class JobQuery(ListQuery):
    """Which jobs."""

    state: State | None = None
    handler: Annotated[str | None, Field(max_length=LONGEST_NAME)] = None


def mount(app: "Flask") -> None:
    """Put the pages about jobs on this application. It has accounts, whose administrators may see them."""
    pages = Blueprint("job_administration", __name__, url_prefix="/admin/jobs")
    pages.get("")(list_jobs)
    pages.get("/<uuid:job_id>")(show_job)
    pages.post("/<uuid:job_id>/retry")(retry_job)
    pages.post("/<uuid:job_id>/cancel")(cancel_job)
    app.register_blueprint(pages)


@endpoint
@requires_role(ADMIN)
def list_jobs(query: Annotated[JobQuery, Query()]) -> str:
    """List jobs, the newest first, and how many of each kind wait, run and have failed."""
    page = listing.page(db().session, query.window, state=query.state, handler=query.handler)
    return render_template(
        "administration/jobs.html",
        page=page,
        query=query,
        states=list(State),
        handlers=sorted({*jobs().handlers, *([query.handler] if query.handler else [])}),
        kinds=listing.stand(db().session, jobs().clock()),
        people=addresses(accounts(), [row.asked_by for row in page.items]),
        now=jobs().clock(),
    )


@requires_role(ADMIN)
def show_job(job_id: UUID) -> str:
    """Show everything of one job but what is confidential."""
    row = _must_be(job_id)
    shown = showing.of_job(row, jobs().handlers.get(row.handler))
    people = addresses(accounts(), [row.asked_by])
    return render_template("administration/job.html", job=row, shown=shown, people=people)


@endpoint(again=show_job)
@requires_role(ADMIN)
@sudo
def retry_job(job_id: UUID) -> Response:
    """Have a job that failed or was cancelled tried once more."""
    _must_be(job_id)
    if not jobs().retry(job_id):
        raise Conflict("Only what failed or was cancelled is tried again, and not what was confidential.")
    _note(job_id, "tried again")
    return _back(job_id, "It is tried again.")


@endpoint(again=show_job)
@requires_role(ADMIN)
@sudo
def cancel_job(job_id: UUID) -> Response:
    """Take a job back. One that waits is over at once; one that runs is told, and ends where it can."""
    _must_be(job_id)
    was = jobs().cancel(job_id)
    if was is None:
        raise Conflict("It has ended already; there is nothing to take back.")
    _note(job_id, "taken back")
    return _back(job_id, "It is taken back." if was is State.QUEUED else "It is told to stop, and ends where it can.")


def _must_be(job_id: UUID) -> "Row[Any]":
    if (row := jobs().find(job_id)) is None:
        raise NotFound("There is no such job any more.")
    return row


def _note(job_id: UUID, done: str) -> None:
    # The row does not say it: what is done by hand is not the job's own doing.
    log.info("job %s by hand", done, extra={"job_id": str(job_id), "by": context.asker()})


def _back(job_id: UUID, said: str) -> Response:
    flash(said, "success")
    return redirect(url_for("job_administration.show_job", job_id=job_id), 303)
