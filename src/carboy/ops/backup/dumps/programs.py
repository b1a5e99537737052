"""Programs of a database's makers. None outlives us, and none is told a password where others could see it."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, cast

from carboy.errors import SetupError

_PACKAGES = {"mariadb": "mariadb-client", "mariadb-dump": "mariadb-client"}


def run(
    program: str, *arguments: str, secrets: Mapping[str, str] | None = None, stdin: IO[bytes] | None = None
) -> None:
    """Run it to its end, or raise what it says."""
    with output_of(program, *arguments, secrets=secrets, stdin=stdin) as output:
        output.read()


@contextmanager
def output_of(
    program: str, *arguments: str, secrets: Mapping[str, str] | None = None, stdin: IO[bytes] | None = None
) -> Iterator[IO[bytes]]:
    """Give what it writes, while it writes; raise what it says if it fails. Whoever leaves early ends it."""
    if (path := shutil.which(program)) is None:
        package = _PACKAGES.get(program, "postgresql-client")
        raise SetupError(
            f"{program} is not on this machine, and this database needs it for backups. Install {package}."
        )
    with (
        TemporaryFile() as complaints,  # not a pipe: nobody would read it, and a full one stops whoever writes
        subprocess.Popen(  # noqa: S603  (our own words, and the settings')
            [path, *arguments],
            env={**os.environ, **(secrets or {})},
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
        ) as process,
    ):
        try:
            yield cast("IO[bytes]", process.stdout)
        except BaseException:
            process.kill()
            raise
        if process.wait():
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip()
            raise SetupError(f"{program} failed. Mend what it says, then try again: {said}")
