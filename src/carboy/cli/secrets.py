"""`flask secrets`: fresh keys. None stands in the code."""

import os
from pathlib import Path
from secrets import token_urlsafe

import click

from carboy.settings.kinds import MODES

KEYS = ("secret_key", "jwt_secret_key")


@click.command()
@click.option("--write", is_flag=True, help="Begin .env.d/.env.MODE with fresh keys, unless it is there.")
@click.option("--mode", type=click.Choice(MODES), default="development", show_default=True, help="Whose file to begin.")
def secrets(write: bool, mode: str) -> None:
    """Print fresh keys."""
    if write:
        click.echo(_tell_of(Path(".env.d", f".env.{mode}"), mode))
    else:
        click.echo("\n".join(f"{name.upper()}={key}" for name, key in _fresh().items()))


def _tell_of(path: Path, mode: str) -> str:
    from carboy.settings.rules import DEPLOYED, PLACEHOLDER

    try:
        written = begin_file(path, mode)
    except OSError as error:
        raise click.ClickException(
            f"{path} cannot be written: {error.strerror}. See that you may write there, and that there is room."
        ) from error
    if not written:
        return f"Left {path} as it is."
    rest = f" Put your own values where it says {PLACEHOLDER}." if mode in DEPLOYED else ""
    return f"Wrote {path} with fresh keys.{rest}"


def begin_file(path: Path, mode: str) -> bool:
    """Begin a file of settings with fresh keys, and say whether there was none."""
    from carboy.settings import Settings
    from carboy.settings.report import starting_file

    path.parent.mkdir(exist_ok=True)
    return _write_new(path, starting_file(Settings, mode, _fresh()).encode())


def _fresh() -> dict[str, str]:
    return {name: token_urlsafe(48) for name in KEYS}


def _write_new(path: Path, content: bytes) -> bool:
    """Write a file for its owner's eyes alone; leave one that is there, whoever made it and however lately."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return True
