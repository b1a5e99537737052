"""`flask files …`: what is kept, whose it is, and the sweep."""

from datetime import timedelta

import click
from flask.cli import AppGroup

from carboy.data.cli import refusals_told
from carboy.files import listing
from carboy.files.flask import files
from carboy.files.sizes import in_words
from carboy.files.sweeping import sweep

files_commands = AppGroup("files", help="See what is kept, and sweep what nobody names.")

_limit = click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="How many to show.")


@files_commands.command("list")
@click.option("--owner", help="Only those of this owner, such as user:<id>.")
@_limit
def list_files(owner: str | None, limit: int) -> None:
    """Show files, the newest first."""
    with refusals_told():
        found = listing.newest(files(), limit, owner=owner)
    for kept in found:
        moment = f"{kept.created_at:%Y-%m-%d %H:%M}"
        click.echo(f"{kept.id}  {moment}  {in_words(kept.size):>10}  {kept.store:<8}  {kept.owner}  {kept.name}")
    if not found:
        click.echo("There are no such files.")


@files_commands.command()
@_limit
def usage(limit: int) -> None:
    """Show whose files take how much, the largest first."""
    with refusals_told():
        owners = listing.largest_owners(files(), limit)
    for owner, used in owners:
        click.echo(f"{in_words(used):>10}  {owner}")
    click.echo(f"Each may keep {in_words(files().limits.quota_bytes)}.")


@files_commands.command("sweep")
@click.option("--older-than-hours", default=1, type=click.IntRange(min=1), help="Leave younger bytes alone.")
def sweep_files(older_than_hours: int) -> None:
    """Delete files whose time is over, and bytes that no row names. The scheduler does it daily."""
    with refusals_told():
        swept = sweep(files(), older_than=timedelta(hours=older_than_hours))
    click.echo(f"Deleted {swept.expired} whose time was over and {swept.orphans} that no row named.")
