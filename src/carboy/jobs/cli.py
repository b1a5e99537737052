"""`flask worker`, `flask scheduler` and `flask jobs …`: running what was accepted, and looking after it."""

import os
import signal
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

import blinker
import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from carboy import settings as settings_room
from carboy.data.cli import refusals_told
from carboy.data.engines import OVERFLOW
from carboy.data.flask import data_of
from carboy.errors import Conflict
from carboy.jobs import listing, showing
from carboy.jobs.flask import jobs
from carboy.jobs.table import State

if TYPE_CHECKING:
    from types import FrameType
    from uuid import UUID

    from carboy.jobs.ticking import Timetable

BESIDE_THREADS = 4  # the heart, the look, the sweep and the scheduler

# Sent by the application when a process begins that answers no requests: whoever watches processes listens.
process_began = blinker.signal("carboy.process-began")

jobs_commands = AppGroup("jobs", help="See and mend what was accepted to be done later.")


@click.command("worker")
@click.option("--threads", type=click.IntRange(1, 1000), help="Jobs at a time (JOBS_THREADS).")
@click.option("--queues", "-Q", default="", help="Only these, with commas; those named first are emptied first.")
@click.option("--no-scheduler", is_flag=True, help="Do not ask for what is scheduled: somebody else does.")
@with_appcontext
def worker_command(threads: int | None, queues: str, *, no_scheduler: bool) -> None:
    """Run jobs, and ask for those that are scheduled, until told to stop; then finish what runs, or hand it back."""
    from carboy.jobs.ticking import Scheduler  # what runs jobs is not needed where the application is only made
    from carboy.jobs.worker import Worker

    settings = settings_room.of(current_app)
    threads = threads or settings.jobs_threads
    _refuse_too_few_connections(threads, settings.database_pool_size)
    _refuse_if_pending()
    served = [name.strip() for name in queues.split(",") if name.strip()]
    worker = Worker(jobs(), threads=threads, queues=served)
    scheduler = Scheduler(jobs())
    wait_until_told = _signals()
    with refusals_told():
        _begin_process()
        worker.start()
    if not no_scheduler:
        scheduler.start()
    click.echo(f"{worker.name} runs jobs of {', '.join(served) or 'all queues'}. Ctrl-C stops it.")
    wait_until_told()
    click.echo("Stopping: jobs under way are given a moment.")
    scheduler.stop()
    if not worker.stop(patience=settings.jobs_grace_seconds):
        click.echo("Some were not done in time and are handed back.")


@click.command("scheduler")
@with_appcontext
def scheduler_command() -> None:
    """Ask for jobs when their time has come, until told to stop. `flask worker` does too; Celery's workers do not."""
    from carboy.jobs.ticking import Scheduler

    _refuse_if_pending()
    scheduler = Scheduler(jobs())
    wait_until_told = _signals()
    with refusals_told():
        _begin_process()
        _show(scheduler.look())
    scheduler.start()
    wait_until_told()
    scheduler.stop()
    click.echo("Stopped.")


def _begin_process() -> None:
    process_began.send(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001


def _show(timetable: "Timetable") -> None:
    for (handler, timing), moment in sorted(timetable.items(), key=lambda one: one[1]):
        click.echo(f"{moment:%Y-%m-%d %H:%M:%S} UTC  {handler}  ({timing})")
    click.echo(f"{len(timetable)} scheduled. Ctrl-C stops it.")


def _refuse_if_pending() -> None:
    room = data_of(current_app)
    with refusals_told():
        room.migrations.refuse_if_pending(room.database)


def _refuse_too_few_connections(threads: int, pool_size: int) -> None:
    # Each thread may hold one while it works; without those of heart and sweep, leases would run out.
    if threads + BESIDE_THREADS > pool_size + OVERFLOW:
        raise click.ClickException(
            f"{threads} threads need as many connections, and there are {pool_size} and {OVERFLOW} more at need."
            f" Set DATABASE_POOL_SIZE={threads}."
        )


def _signals() -> Callable[[], object]:
    """Return what waits for the first signal to stop; the second one ends the process at once."""
    heard, told = os.pipe()
    os.set_blocking(told, False)

    def stop(number: int, _frame: "FrameType | None") -> None:
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    # Not an event that the handler sets: Python runs it in this thread, and a signal may come to another one and leave
    # this one asleep. The byte in the pipe wakes it, whoever was interrupted.
    signal.set_wakeup_fd(told)
    return lambda: os.read(heard, 1)


# -- flask jobs … ----------------------------------------------------------------------------------------

_format = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="For whom.")


@jobs_commands.command("list")
@click.option("--state", type=click.Choice([*map(str, State)]), help="Only those in this state.")
@click.option("--queue", help="Only those of this queue.")
@click.option("--handler", help="Only those of this handler, by its whole name.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@_format
def list_command(state: str | None, queue: str | None, handler: str | None, *, limit: int, form: str) -> None:
    """Show the jobs that were asked for last, the newest first."""
    with refusals_told(), jobs().database.reading() as session:
        rows = listing.newest(session, limit, state=state, queue=queue, handler=handler)
    _show_rows([row._asdict() for row in rows], form, nothing="There are no such jobs.")


@jobs_commands.command("show")
@click.argument("job_id", type=click.UUID)
@_format
def show_command(job_id: "UUID", form: str) -> None:
    """Show everything of one job."""
    with refusals_told(), jobs().database.reading():
        row = jobs().find(job_id)
    if row is None:
        _unknown(job_id)
    shown = showing.of_job(row, jobs().handlers.get(row.handler))
    click.echo(showing.as_json(shown) if form == "json" else showing.as_list(shown))


@jobs_commands.command("stats")
@_format
def stats_command(form: str) -> None:
    """Show for each queue and handler what waits, runs and has failed. What is done is not counted."""
    now = jobs().clock()
    with refusals_told(), jobs().database.reading() as session:
        kinds = [showing.of_kind(row, now, jobs().handlers) for row in listing.stand(session, now)]
    remarks = [*showing.remarks_on_kinds(kinds), *showing.remarks_on_schedules(_scheduled())]
    _show_rows(kinds, form, nothing="Nothing waits, nothing runs, nothing has failed.", remarks=remarks)


@jobs_commands.command("schedules")
@_format
def schedules_command(form: str) -> None:
    """Show what is asked for by the clock, when next and when last."""
    found = _scheduled()
    _show_rows(found, form, nothing="Nothing is scheduled.", remarks=showing.remarks_on_schedules(found))


@jobs_commands.command("retry")
@click.argument("job_id", type=click.UUID, required=False)
@click.option("--failed", is_flag=True, help="All that have failed.")
@click.option("--handler", help="Of those, only this handler's.")
def retry_command(job_id: "UUID | None", handler: str | None, *, failed: bool) -> None:
    """Give a job that failed or was cancelled all its attempts anew."""
    if (job_id is None) is not failed or (handler and not failed):
        raise click.UsageError("Name one job, or say --failed, with --handler NAME for those of one handler.")
    with refusals_told():
        if job_id is None:
            _retry_failed(handler)
        elif not _retried(job_id):
            _refuse(job_id, "only one that failed or was cancelled, and still has its arguments, can be tried again")
        else:
            click.echo("It is to be tried again.")


@jobs_commands.command("cancel")
@click.argument("job_id", type=click.UUID)
def cancel_command(job_id: "UUID") -> None:
    """Take a job back: one that waits is over at once, one that runs is told."""
    with refusals_told():
        with jobs().database.transaction():
            was = jobs().cancel(job_id)
        if was is None:
            _refuse(job_id, "there is nothing to take back")
    click.echo("It is cancelled." if was is State.QUEUED else "It runs, and is told; it ends where its handler looks.")


@jobs_commands.command("prune")
@click.option("--older-than-days", type=click.IntRange(min=0), help="Keep what is younger (JOBS_KEPT_DAYS).")
def prune_command(older_than_days: int | None) -> None:
    """Forget jobs that ended long ago."""
    kept = settings_room.of(current_app).jobs_kept_days if older_than_days is None else older_than_days
    with refusals_told():
        forgotten = jobs().prune(timedelta(days=kept))
    click.echo(f"Forgot {_jobs(forgotten)}.")


def _show_rows(rows: "list[showing.Fields]", form: str, *, nothing: str, remarks: Iterable[str] = ()) -> None:
    if form == "json":
        click.echo(showing.as_json(rows))
    else:
        click.echo("\n".join([showing.as_table(rows) if rows else nothing, *remarks]))


def _scheduled() -> "list[showing.Fields]":
    now = jobs().clock()
    with refusals_told(), jobs().database.reading() as session:
        return showing.of_schedules(listing.schedules(session), now, jobs().schedules)


def _retry_failed(handler: str | None) -> None:
    with jobs().database.reading() as session:
        found = listing.failed(session, handler)
    click.echo(f"{_jobs(sum(map(_retried_or_told, found)))} to be tried again.")


def _retried_or_told(job_id: "UUID") -> bool:
    try:
        return _retried(job_id)
    except Conflict as error:  # its key is another's by now; that is no reason to leave out the next
        click.echo(f"Job {job_id} is left as it is: {error.detail}", err=True)
        return False


def _retried(job_id: "UUID") -> bool:
    with jobs().database.transaction():
        return jobs().retry(job_id)


def _refuse(job_id: "UUID", why: str) -> NoReturn:
    with jobs().database.reading():
        row = jobs().find(job_id)
    if row is None:
        _unknown(job_id)
    raise click.ClickException(f"This job is {row.state}: {why}.")


def _unknown(job_id: "UUID") -> NoReturn:
    raise click.ClickException(f"There is no job {job_id} (any more). `flask jobs list` shows those there are.")


def _jobs(number: int) -> str:
    return "1 job" if number == 1 else f"{number} jobs"
