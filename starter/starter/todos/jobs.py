"""What todos have done in the background."""

import tempfile
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from carboy.context import utc_now
from carboy.jobs import cron, daily, job

from starter.todos import digests, domain, exports
from starter.todos.backend import TodosBackend
from starter.todos.readers import ReadersBackend

if TYPE_CHECKING:
    from carboy.data import Database
    from carboy.files import Files
    from carboy.jobs import Jobs, Running
    from carboy.mail import Mail

AT_ONCE = 500


@daily(at="04:40")
@job(atomic=False)
def sweep_todos(*, db: "Database", files: "Files") -> dict[str, int]:
    """Remove for good what was deleted long ago."""
    swept = 0
    while gone := _sweep(db, files):
        swept += gone
    return {"swept": swept}


def _sweep(db: "Database", files: "Files") -> int:
    with db.transaction():
        return domain.sweep(TodosBackend(db), files)


@cron("*/15 * * * *")
@job(atomic=False)
def ask_for_digests(*, db: "Database", jobs: "Jobs") -> dict[str, int]:
    """Ask for the digest of everybody whose morning has come. Each is thought of once on a day."""
    with db.reading():
        mornings = digests.mornings(ReadersBackend(db), utc_now())
    asked = 0
    for zone, day in mornings.items():
        while readers := _claim(db, jobs, zone, day):
            asked += readers
    return {"asked": asked}


def _claim(db: "Database", jobs: "Jobs", zone: str, day: date) -> int:
    with db.transaction():
        readers = ReadersBackend(db).claim(zone, day, AT_ONCE)
        for user_id in readers:
            jobs.enqueue(send_digest, user_id, day)
        return len(readers)


@job(queue="mail")
def send_digest(user_id: UUID, day: date, *, db: "Database", mail: "Mail") -> None:
    """Send somebody what they have to do on this day, if there is anything."""
    with db.transaction():
        digest = digests.digest(ReadersBackend(db), user_id, day)
        if digest:
            mail.send(mail.render("mails/todos/digest", to=digest.reader.email, day=day, digest=digest))


@job(atomic=False, attempts=3)
def export_todos(
    user_id: UUID, form: exports.Format, *, db: "Database", files: "Files", job: "Running"
) -> dict[str, str]:
    """Write all that somebody sees into a file that they can fetch for a while."""
    todos, now = TodosBackend(db), utc_now()
    with db.reading():
        total = todos.count(user_id) or 1
    with tempfile.TemporaryFile() as file:
        source = exports.Source(todos, user_id, db, files)
        exports.write(file, form, source, tell=lambda done: job.progress(min(done / total, 1), f"{done} of {total}"))
        file.seek(0)
        brought = files.bring(file, name=exports.name_of(form, now), media_type=exports.MEDIA_TYPES[form], bound=False)
    with db.transaction():
        files.drop_all_of(f"user:{user_id}", expiring=True)  # the export before: one is enough on our disk
        kept = files.keep(brought, owner=f"user:{user_id}", expires_at=now + exports.KEPT_FOR, charged=False)
    return {"file_id": str(kept.id), "name": kept.name}


def ask_for_export(jobs: "Jobs", user_id: UUID, form: exports.Format) -> UUID:
    """Ask for an export, and return the job's id. While one is under way, whoever asks again waits for the same."""
    return jobs.enqueue(export_todos, user_id, form, key=f"{user_id}:{form}")


HANDLERS = (sweep_todos, ask_for_digests, send_digest, export_todos)
