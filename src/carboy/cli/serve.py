"""`flask serve`: the application as it is deployed, from whatever folder."""

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click
from flask.cli import ScriptInfo, pass_script_info

from carboy import settings as settings_room
from carboy.errors import SettingsError, SetupError

if TYPE_CHECKING:
    from flask import Flask

_NO_SOCKETS = (
    "granian hands over no connection, so there are no sockets here: LIVE_SOCKETS=0 for this server. Pages show what"
    " happened when they are loaded; to have them follow, serve /socket.io/ with gunicorn beside it."
)
_NO_PROXY = (
    "PROXY_FIX with granian opens a door: it takes X_Forwarded_For for X-Forwarded-For, so that a visitor may say what"
    " only your proxy should. If your proxy drops headers with underscores, as nginx does unless it is told otherwise,"
    " say so: flask serve --server granian --proxy-drops-underscores. Else use gunicorn, which drops them itself."
)


@click.command()
@click.option(
    "--server",
    type=click.Choice(["gunicorn", "granian"]),
    default="gunicorn",
    show_default=True,
    help="By which server.",
)
@click.option("--proxy-drops-underscores", is_flag=True, help="Believe the proxies of PROXY_FIX with granian too.")
@pass_script_info
def serve(script: ScriptInfo, server: str, *, proxy_drops_underscores: bool) -> None:
    """Serve the application as it is deployed. GUNICORN_… settings say where, and by how many processes and threads."""
    if find_spec(server) is None:
        extra = "fast" if server == "granian" else "gunicorn"
        raise click.ClickException(f"{server} is not installed: pip install carboy[{extra}].")
    app = script.load_app()
    if server == "gunicorn":
        _become_gunicorn(app)
    else:
        _serve_with_granian(app, proxy_drops_underscores=proxy_drops_underscores)


def _become_gunicorn(app: "Flask") -> None:
    root = settings_room.of(app).root  # which the application alone knows: that is what it was made for
    configuration = root / "gunicorn.conf.py"
    if not configuration.is_file():
        raise click.ClickException(
            f"{configuration} is not there. Take it from your history, or write one like the starter's."
        )
    words = ["-m", "gunicorn", "--config", str(configuration), "--chdir", str(root)]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *words])  # noqa: S606  (no shell, and words of our own)


def _serve_with_granian(app: "Flask", *, proxy_drops_underscores: bool) -> None:
    from carboy.ops.checks.starting import refuse_fatal
    from carboy.ops.granian import serve_until_told, without_effect

    settings = settings_room.of(app)
    if any(settings.proxy_fix) and not proxy_drops_underscores:
        click.echo(_NO_PROXY, err=True)
        raise SystemExit(SettingsError.exit_code)
    refuse_fatal(settings, lambda: app)
    if named := without_effect(settings):
        click.echo(
            f"granian knows no {', '.join(named)}: here they change nothing. Take them away, or serve by gunicorn.",
            err=True,
        )
    if settings.live_sockets:
        click.echo(_NO_SOCKETS, err=True)
        os.environ["LIVE_SOCKETS"] = "0"
    os.chdir(settings.root)
    try:
        serve_until_told(settings, app.import_name)
    except SetupError as error:
        raise click.ClickException(error.detail) from error
