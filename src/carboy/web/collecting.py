"""`flask static collect FOLDER`: static files laid out as addresses, for a web server in front to send from its disk.

Each file lies there under its plain name, and under the one that tells what is in it. So the server has no rule to
keep: a name that is of another release is not there, it asks the application, and no browser keeps the wrong file for a
year. Names of earlier releases stay, since pages of theirs are still open.
"""

import gzip
import mimetypes
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, NamedTuple

import click
from flask import current_app
from flask.cli import AppGroup

from carboy import settings as settings_room
from carboy.web.assets import Asset, assets_of, is_worth_compressing, named

if TYPE_CHECKING:
    from flask import Flask

static_commands = AppGroup("static", help="Look after static files.")


def init_app(app: "Flask") -> None:
    """Add `flask static`."""
    app.cli.add_command(static_commands)


class Copy(NamedTuple):
    """What is written: where, below the folder, and what."""

    place: str
    content: bytes
    everlasting: bool


@static_commands.command("collect")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def collect_command(folder: Path) -> None:
    """Write all static files to FOLDER, which becomes the web server's root; compressed ones beside them."""
    try:
        written = sum(_write(folder / copy.place.lstrip("/"), copy) for copy in _copies(current_app))
    except OSError as error:
        raise click.ClickException(
            f"{error.filename} cannot be written: {error.strerror}."
            " See that you may write there, and that there is room."
        ) from error
    click.echo(f"Wrote {written} files to {folder}.")


def _copies(app: "Flask") -> Iterator[Copy]:
    root = settings_room.of(app).script_name.strip("/")
    for address, asset in assets_of(app):
        content, name = asset.path.read_bytes(), named(address, asset)
        yield Copy(f"{root}{address}", content, everlasting=False)
        if name == address:
            continue
        yield Copy(f"{root}{name}", content, everlasting=True)
        if _is_compressible(asset):
            yield Copy(f"{root}{name}.gz", gzip.compress(content, mtime=0), everlasting=True)


def _is_compressible(asset: Asset) -> bool:
    return is_worth_compressing(asset, mimetypes.guess_type(asset.path.name)[0])


def _write(path: Path, copy: Copy) -> bool:
    """Put the file into its place at once, so that nobody is sent half of it; leave what is right already."""
    if path.is_file() and (copy.everlasting or path.read_bytes() == copy.content):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(copy.content)
    os.chmod(file.name, 0o644)  # noqa: PTH101  (it is for everybody)
    os.replace(file.name, path)  # noqa: PTH105
    return True
