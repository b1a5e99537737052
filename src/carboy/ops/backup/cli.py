"""`flask backup` and `flask restore`."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from carboy.data.cli import refusals_told
from carboy.ops.backup.stopping import stopped_in_order

_MIB = 1024 * 1024


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
def backup_command(target: Path) -> None:
    """Write the database, and the files of a folder, into one file TARGET, while everything runs."""
    from carboy.ops.backup.taking import take

    with refusals_told(), stopped_in_order():
        taken = take(current_app, target.absolute())
    click.echo(f"{target}: the database, and {taken.files} files of a folder, {target.stat().st_size / _MIB:.1f} MiB.")
    if taken.in_bucket:
        click.echo(
            f"Not in it: {taken.in_bucket} files that lie in a bucket. Have its keeper keep copies (versioning)."
        )


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Lose what the database holds now.")
@click.option(
    "--unpack-in",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder with room for all of it. Without, the one of SOURCE.",
)
@with_appcontext
def restore_command(source: Path, *, replace: bool, unpack_in: Path | None) -> None:
    """Make the database, and the files, what they were in SOURCE. Stop the application first."""
    from carboy.ops.backup.restoring import restore

    with refusals_told(), stopped_in_order():
        restored = restore(current_app, source.absolute(), replace=replace, unpack_in=unpack_in)
    click.echo(f"Everything is as it was at {restored.taken_at}. Run `flask db upgrade`, then `flask check`.")
    if restored.lost:
        click.echo(f"{restored.lost} files are named in the database, and their bytes were lost before the backup.")
