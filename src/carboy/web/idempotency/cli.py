"""`flask idempotency …`: looking after the keys that were kept."""

from datetime import timedelta

import click
from flask.cli import AppGroup

from carboy.data.cli import refusals_told
from carboy.data.flask import db
from carboy.web.idempotency.ledger import KEPT_FOR, purge

idempotency_commands = AppGroup("idempotency", help="Look after the answers that are kept for repeated requests.")

_HOURS = int(KEPT_FOR / timedelta(hours=1))


@idempotency_commands.command("purge")
@click.option(
    "--older-than-hours", default=_HOURS, show_default=True, type=click.IntRange(min=0), help="Keep what is younger."
)
def purge_command(older_than_hours: int) -> None:
    """Forget keys that nobody will repeat any more. Run it daily."""
    with refusals_told():
        forgotten = purge(db(), timedelta(hours=older_than_hours))
    click.echo(f"Forgot {forgotten} {'key' if forgotten == 1 else 'keys'}.")
