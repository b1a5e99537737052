"""The development mailbox: what would have been sent, to read at /dev/mailbox, and for scripts at /dev/mailbox.json.

It is there in development alone, and only while MAIL_URL is `mailbox`. It stands in the application's own frame, the
blocks `title` and `main` of its `layout.html`, or in a plain one.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, render_template, url_for
from sqlalchemy import func, select

from carboy import settings as settings_room
from carboy.errors import NotFound
from carboy.jobs.flask import jobs
from carboy.jobs.table import JOBS, State
from carboy.mail.flask import mail
from carboy.mail.room import DELIVER
from carboy.web.identity import public

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask

    from carboy.mail.folder import Folder, KeptLetter

# A mail is written by whoever wrote it: it runs nothing, loads nothing, and lies in a frame of its own. Its links open
# beside it, so that they can be tried.
_HTML_OF_OTHERS = {
    "Content-Security-Policy": (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline';"
        " img-src data:; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
_LINKS_OPEN_BESIDE = '<!doctype html><base target="_blank">'


def init_app(app: "Flask") -> None:
    """Show the mailbox, if there is one."""
    if settings_room.of(app).mode != "development" or not _has_mailbox(app):
        return
    pages = Blueprint("carboy_mailbox", __name__, url_prefix="/dev", template_folder="templates")
    views: dict[str, Callable[..., Any]] = {
        "": index,
        ".json": as_json,
        "/<uuid:letter_id>": letter,
        "/<uuid:letter_id>/html": html,
        "/<uuid:letter_id>.eml": raw,
    }
    for path, view in views.items():
        pages.add_url_rule(f"/mailbox{path}", view_func=public(view))
    app.register_blueprint(pages)
    app.context_processor(lambda: {"mailbox": url_for("carboy_mailbox.index")})  # so that pages can point at it


def _has_mailbox(app: "Flask") -> bool:
    return "carboy.mail" in app.extensions and settings_room.of(app).mail_url == "mailbox"


def index() -> str:
    """List what is there, the newest first."""
    return _page("carboy/mailbox.html", letters=list(_folder().letters()), counts=_still_with_us())


def letter(letter_id: UUID) -> str:
    """Show one of them."""
    return _page("carboy/letter.html", letter=_found(letter_id))


def html(letter_id: UUID) -> Response:
    """Give the HTML of one of them, for the frame that it is shown in."""
    if (content := _found(letter_id).html) is None:
        raise NotFound("This mail has no HTML.")
    return Response(_LINKS_OPEN_BESIDE + content, mimetype="text/html", headers=_HTML_OF_OTHERS)


def raw(letter_id: UUID) -> Response:
    """Give one of them as it travels."""
    return Response(_found(letter_id).raw, mimetype="text/plain")


def as_json() -> Response:
    """List what is there for scripts, the newest first."""
    return jsonify([_as_object(found) for found in _folder().letters()])


def _as_object(found: "KeptLetter") -> dict[str, Any]:
    return {
        "id": str(found.id),
        "to": found.to,
        "subject": found.subject,
        "date": found.date.isoformat(),
        "text": found.text,
        "links": found.links,
    }


def _page(template: str, **values: Any) -> str:
    frame = current_app.jinja_env.select_template(["layout.html", "carboy/frame.html"])
    return render_template(template, frame=frame, **values)


def _folder() -> "Folder":
    from carboy.mail.folder import Folder

    transport = mail().transport
    if not isinstance(transport, Folder):
        raise NotFound("Mails do not go into the mailbox.")
    return transport


def _found(letter_id: UUID) -> "KeptLetter":
    if (found := _folder().find(letter_id)) is None:
        raise NotFound("There is no such mail, or it is not kept any more.")
    return found


def _still_with_us() -> "Mapping[str, int]":
    """Count the mails that have not come here yet: those that wait for a worker, and those that failed."""
    unfinished = (State.QUEUED, State.RUNNING, State.FAILED)
    counted = select(JOBS.c.state, func.count().label("number")).where(
        JOBS.c.handler == DELIVER, JOBS.c.state.in_(unfinished)
    )
    with jobs().database.reading() as session:
        found = {row.state: row.number for row in session.execute(counted.group_by(JOBS.c.state))}
    return {"failed": found.pop(State.FAILED, 0), "waiting": sum(found.values())}
