"""Everything that one sees, in one file: asked for, watched, fetched."""

from typing import Annotated
from uuid import UUID

from carboy.files import files, sent
from carboy.jobs.flask import jobs
from carboy.ops.jobs import shown_to
from carboy.web import CurrentUser, Form, endpoint
from carboy.web.identity import user_id
from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from starter.todos import attachments
from starter.todos.jobs import ask_for_export
from starter.todos.schemas import NewExport


def add(pages: Blueprint) -> None:
    """Put exports on the application."""
    pages.get("/exports")(show_exports)
    pages.post("/exports")(start_export)
    pages.get("/exports/<uuid:job_id>")(watch_export)
    pages.get("/exports/files/<uuid:file_id>")(fetch_export)


def show_exports() -> str:
    """Show in which forms everything can be had."""
    return render_template("todos/exports.html")


@endpoint(again=show_exports)
def start_export(said: Annotated[NewExport, Form()], me: CurrentUser) -> Response:
    """Ask for an export, and watch it."""
    job_id = ask_for_export(jobs(), me, said.format)
    return redirect(url_for("todos.watch_export", job_id=job_id), 303)


def watch_export(job_id: UUID) -> str:
    """Show how far an export is; it is the same after a reload."""
    return render_template("todos/export.html", job=shown_to(job_id, f"user:{user_id()}"))


def fetch_export(file_id: UUID) -> Response:
    """Send an export."""
    return sent(attachments.export_of(files(), user_id(), file_id))
