"""A project's first migration, written from the models that it has.

Run as a program: `python -m carboy.cli.new.first_migration PACKAGE` in the project's folder. A process has one set of
tables, and so this one is the project's alone. It needs nothing but what Carboy always brings: models know no extra.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from carboy.errors import SetupError

MESSAGE = "The first tables"

# Every application has these, whatever its features are.
OF_THE_LIBRARY = (
    "carboy.accounts.revocation.database",
    "carboy.accounts.table",
    "carboy.files.table",
    "carboy.jobs.table",
    "carboy.live.table",
    "carboy.web.idempotency.ledger",
)


@contextmanager
def first_migration(project: Path, package: str) -> Iterator[None]:
    """Have the migration written by a process of its own, while other things are done; it is there in the end."""
    command = [sys.executable, "-m", __name__, package]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    writing = subprocess.Popen(  # noqa: S603
        command, cwd=project, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        yield
        complaint = writing.communicate()[1]
    finally:
        writing.kill()
        writing.wait()
    if writing.returncode:
        raise SetupError(
            "The first migration cannot be written. Mend what stands below; if it names nothing of yours, it is a fault"
            f" of Carboy: please report it.\n{complaint.strip()}"
        )


def write_here(package: str) -> None:
    """Write the migration of the project in the current folder."""
    from alembic import command

    from carboy.data import Database
    from carboy.data.migrate import Migrations

    sys.path.insert(0, str(Path.cwd()))
    features = (path.parent.name for path in sorted(Path(package).glob("*/models.py")))
    for module in (*OF_THE_LIBRARY, *(f"{package}.{feature}.models" for feature in features)):
        import_module(module)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.sqlite")
        command.revision(
            Migrations(Path("migrations/versions").absolute()).config(database), MESSAGE, autogenerate=True
        )
        database.close()


if __name__ == "__main__":
    write_here(sys.argv[1])
