"""`flask dev`: everything that a developer needs, in one terminal, ended by one Ctrl-C."""

import logging
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import click
from flask.cli import ScriptInfo, pass_script_info, run_command
from werkzeug.serving import is_running_from_reloader

if TYPE_CHECKING:
    from types import FrameType

    from flask import Flask

    from carboy.settings import Settings

_HOST, _PORT = "FLASK_RUN_HOST", "FLASK_RUN_PORT"
_FIRST_LIVES = "CARBOY_DEV_FIRST_LIVES"
_DRAWN = "made for this process"  # what the settings say of the source of such a key
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_SECONDS_TO_END = 3


@click.command()
@click.option("--host", help="The address to listen on (HOST).")
@click.option("--port", type=int, help="The port to listen on (PORT).")
@click.option("--yes", is_flag=True, help="Migrate and insert default data without asking.")
@pass_script_info
@click.pass_context
def dev(context: click.Context, script: ScriptInfo, host: str | None, port: int | None, yes: bool) -> None:
    """Run the application with reload, and say where to look."""
    # Two processes run: one watches the files, and one serves and is started anew at every change. The second
    # must outlive a file saved half-written, so it loads nothing here: what the first found out is in its environment.
    ends = threading.Event()
    if not is_running_from_reloader():
        os.environ["FLASK_DEBUG"] = "1"
        for number in _ENDING:
            signal.signal(number, _end)
        _prepare(script.load_app(), host, port, yes=yes)
        _wait_beside_for_the_end(ends)
    else:
        _end_with_the_first()
        _run_jobs_beside_the_pages(script)
    host, port = os.environ[_HOST], int(os.environ[_PORT])
    logging.getLogger("werkzeug").addFilter(_is_news)
    # The debugger runs any code that it is given: only for those who sit at this machine.
    try:
        context.invoke(run_command, host=host, port=port, reload=True, debugger=host in _LOOPBACK, with_threads=True)
    except SystemExit:
        if not ends.is_set():
            raise


def _prepare(app: "Flask", host: str | None, port: int | None, *, yes: bool) -> None:
    from carboy import settings as settings_room

    settings = settings_room.of(app)
    if settings.deployed:
        raise click.ClickException(f"This is for development, and the mode is {settings.mode}. Use gunicorn there.")
    os.environ |= {_HOST: host or settings.host, _PORT: str(port or settings.port)}
    if settings.sources["app_base_url"] == "default":  # of another port: mails would lead to where nobody answers
        os.environ["APP_BASE_URL"] = f"http://localhost:{os.environ[_PORT]}"
    _bring_up_to_date(app, yes=yes)
    _say_where_to_look(app, os.environ[_HOST], os.environ[_PORT], settings.script_name)
    _say_how_to_call_the_api(settings)
    if settings.jobs_engine == "celery" and "carboy.jobs" in app.extensions:
        click.echo(f"  Celery runs the jobs, in another terminal: celery -A {app.import_name}.celery worker\n")


_SAID_ALREADY = ("development server", "CTRL+C", "Restarting with")


def _is_news(record: logging.LogRecord) -> bool:
    return not any(words in record.getMessage() for words in _SAID_ALREADY)


def _end(_signal: int, _frame: "FrameType | None") -> None:
    sys.exit(0)


def _wait_beside_for_the_end(ends: threading.Event) -> None:
    """End when a signal says so: by way of the second process, with which this one has a pipe, and for which it waits.

    A handler would raise wherever this process is. Told again, as by `make`, which hands on what all of them were told,
    that was where it held the very lock that it then waited for.
    """
    watched, held_open = os.pipe()
    os.set_inheritable(watched, True)
    os.environ[_FIRST_LIVES] = str(watched)
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)

    def wait() -> None:
        signal.sigwait(_ENDING)
        ends.set()
        os.close(held_open)

    threading.Thread(target=wait, name="flask dev: told to end", daemon=True).start()


def _end_with_the_first() -> None:
    # The first process ends by closing the pipe, or by what nobody can catch. Without it this one would serve on.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    watched = int(os.environ[_FIRST_LIVES])
    os.set_inheritable(watched, False)

    def watch() -> None:
        os.read(watched, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_SECONDS_TO_END)
        os._exit(1)

    threading.Thread(target=watch, name="flask dev: the first process lives", daemon=True).start()


def _run_jobs_beside_the_pages(script: ScriptInfo) -> None:
    # A file saved half-written is the server's to show; the next save starts this process anew.
    try:
        app = script.load_app()
    except (Exception, SystemExit):  # noqa: BLE001
        return
    from carboy import settings as settings_room

    if (jobs := app.extensions.get("carboy.jobs")) is None:
        return
    from carboy.jobs.ticking import Scheduler
    from carboy.jobs.worker import Worker

    settings = settings_room.of(app)
    # Nobody stops them: what they leave half-done when this process ends, the next one takes back at once.
    Scheduler(jobs).start()
    if settings.jobs_engine == "local":
        Worker(jobs, threads=settings.jobs_threads).start()


def _bring_up_to_date(app: "Flask", *, yes: bool) -> None:
    from carboy.data.cli import refusals_told
    from carboy.data.flask import data_of, plant_seeds
    from carboy.errors import Unmigrated

    room = data_of(app)
    with refusals_told():
        try:
            room.migrations.refuse_if_pending(room.database)
        except Unmigrated as error:
            if not yes:
                click.echo(error.detail)
                if not (sys.stdin.isatty() and click.confirm("Run it now?", default=True)):
                    raise SystemExit(1) from error
            room.migrations.upgrade(room.database)
        if yes:
            plant_seeds(app)
    room.database.close()  # the process that serves opens its own


def _say_where_to_look(app: "Flask", host: str, port: str, prefix: str) -> None:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  (compared, not bound)
    home = f"http://{shown}:{port}{prefix}"
    click.secho(f"\n  {home}/", bold=True)
    docs = {f"{version.blueprint}.docs" for version in app.extensions.get("carboy.versions", ())}
    apis = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint in docs]
    places = {"/health": "how it is"} | dict.fromkeys(apis, "the API, to read and to try")
    if "carboy_mailbox" in app.blueprints:
        places["/dev/mailbox"] = "the mails that would have been sent"
    for path, told in places.items():
        click.echo(f"  {home}{path.ljust(max(map(len, places)))}   {told}")
    click.echo("  Ctrl-C ends everything.\n")


def _say_how_to_call_the_api(settings: "Settings") -> None:
    from carboy.web.keys import HEADER, development_key

    if settings.sources.get("secret_key") == _DRAWN:
        # Drawn for this process alone, it is handed on: the key that is shown here must open the other's doors.
        os.environ["SECRET_KEY"] = settings.secret_key.get_secret_value()
    if key := development_key(settings):
        click.echo(f"  {HEADER}: {key}   opens the API while you develop\n")
