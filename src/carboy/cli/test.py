"""`flask test`: the tests, by the name that Flask users look for."""

import os
import subprocess
import sys

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Run pytest with these ARGUMENTS, and exit as it does."""
    # A process of its own, without the mode of this one: tests choose theirs.
    environment = {name: value for name, value in os.environ.items() if name not in ("FLASK_ENV", "FLASK_DEBUG")}
    finished = subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment, check=False)  # noqa: S603
    raise SystemExit(finished.returncode)
