"""Looks at the machine: what dead processes left behind, and whether there is room to write."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from carboy.cli.doctor.looks import finding
from carboy.cli.doctor.patient import Patient
from carboy.ops.checks.asking import reason
from carboy.settings.ruling import Finding

LEAST_FREE_BYTES = 500 * 1024 * 1024


def pid_files(patient: Patient) -> Iterator[str | Finding]:
    """Look whether a file names a process that is gone: the next one may take it for alive and not start."""
    there = [path for folder in (patient.root, patient.root / "instance") for path in sorted(folder.glob("*.pid"))]
    for path in there:
        name = path.relative_to(patient.root).as_posix()
        if lives(said := path.read_text("utf-8", "replace").strip()):
            yield f"{name}: process {said} lives"
        else:
            yield finding(
                "machine.pid-file", f"{name} names process {said or '(none)'}, which is gone.", f"Delete {name}."
            )
    if not there:
        yield "none"


def lives(process: str) -> bool:
    """Tell whether there is such a process."""
    try:
        os.kill(int(process), 0)
    except PermissionError:  # somebody else's
        return True
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    return int(process) > 0


def disk(patient: Patient) -> Iterator[str | Finding]:
    """Look whether there is room, and whether the folders that are written to can be."""
    free = shutil.disk_usage(patient.root).free
    yield f"{free / 1024**3:.1f} GiB are free"
    if free < LEAST_FREE_BYTES:
        wrong = f"Only {free // 1024**2} MiB are free: a database that cannot write stops in the middle of its work."
        yield finding("machine.disk", wrong, "Make room, or move the database and the files to a larger disk.")
    for folder in dict.fromkeys(_written(patient)):
        try:
            with tempfile.TemporaryFile(dir=folder):
                yield f"{folder} can be written"
        except OSError as error:
            wrong = f"{folder} cannot be written: {reason(error)}"
            yield finding("machine.folder", wrong, "Give it to the user that the application runs as.")


def _written(patient: Patient) -> Iterator[Path]:
    """Yield the folders that are written to; of one that is made at need, the folder that it will be made in."""
    yield Path(tempfile.gettempdir())
    if (settings := patient.settings) is None:
        return
    if settings.database_url.startswith("sqlite:///"):
        folder = Path(settings.database_url.removeprefix("sqlite:///")).parent
        yield next(place for place in (folder, *folder.parents) if place.is_dir())
    if settings.files_store == "folder" and settings.files_dir is not None and Path(settings.files_dir).is_dir():
        yield Path(settings.files_dir)
