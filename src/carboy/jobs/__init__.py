"""Jobs that survive: work that was accepted is a row, written in the transaction of the change that wanted it.

table.py       the row, and the states it goes through
declaring.py   @job; arguments.py: what passes through JSON; outcomes.py: what a handler answers with
room.py        `Jobs`: asking, taking back, asking again; queueing.py is its SQL
claiming.py    a worker takes a job on a lease; ending.py: only who holds the newest lease may say what came of it
performing.py  one job from its claim to its end; running.py is what its handler sees;
               isolation.py, a process of its own; telling.py, what is told of its error
workplace.py   what a process needs to run jobs: presence.py, heart.py, clock.py, sweeping.py
worker.py      threads that do it; listening.py wakes them
engines/       who is told that there is work: threads, or Celery's workers
schedules.py   @every, @daily, @cron; ticking.py asks for what is due; upkeep.py is what the room wants itself
changes.py     what happened, said once: to the log, to counters, to whoever connects

Nothing here knows Flask but flask.py and cli.py.
"""

from typing import TYPE_CHECKING

from carboy import front

if TYPE_CHECKING:
    from flask import Flask

    from carboy.jobs.changes import Change, Progress, job_changed, job_progressed
    from carboy.jobs.declaring import job
    from carboy.jobs.outcomes import Cancel, Done, Fail, Snooze
    from carboy.jobs.room import Jobs
    from carboy.jobs.running import Running
    from carboy.jobs.schedules import cron, daily, every
    from carboy.jobs.table import State
    from carboy.jobs.ticking import Scheduler
    from carboy.jobs.worker import Worker

__all__ = [
    "Cancel", "Change", "Done", "Fail", "Jobs", "Progress", "Running", "Scheduler", "Snooze", "State", "Worker", "cron",
    "daily", "every", "init_app", "job", "job_changed", "job_progressed",
]  # fmt: skip

_ROOMS = {
    "carboy.jobs.changes": ("Change", "Progress", "job_changed", "job_progressed"),
    "carboy.jobs.declaring": ("job",),
    "carboy.jobs.outcomes": ("Cancel", "Done", "Fail", "Snooze"),
    "carboy.jobs.room": ("Jobs",),
    "carboy.jobs.running": ("Running",),
    "carboy.jobs.schedules": ("cron", "daily", "every"),
    "carboy.jobs.table": ("State",),
    "carboy.jobs.ticking": ("Scheduler",),
    "carboy.jobs.worker": ("Worker",),
}
__getattr__, __dir__ = front.opening(__name__, __all__, _ROOMS)


def init_app(app: "Flask", *, factory: str = "") -> None:
    """Give a Flask application its jobs: `jobs()`, `flask jobs`, `flask worker`. It needs carboy.data.init_app first.

    `factory`, as module:function taking the settings, is where a process of its own makes the application anew. Jobs
    with isolate=True need it.
    """
    from carboy.jobs import cli, flask

    flask.init_app(app, factory=factory)
    for command in (cli.jobs_commands, cli.worker_command, cli.scheduler_command):
        app.cli.add_command(command)
