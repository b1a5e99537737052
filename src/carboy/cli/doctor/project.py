"""Looks at the project's files: which Carboy they are of, and whether its secrets are only its own."""

import shutil
import stat
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.version import Version

from carboy.cli.doctor.looks import finding
from carboy.cli.doctor.patient import Patient
from carboy.settings.ruling import Finding

SECRET_PLACES = (".env", ".env.d", "secrets")
_FOR_OTHERS = stat.S_IRGRP | stat.S_IROTH


def files(patient: Patient) -> Iterator[str | Finding]:
    """Look which Carboy the files are of."""
    yield from patient.unreadable
    project = patient.project
    if project is None:
        return
    left_out = f", without {', '.join(project.without)}" if project.without else ""
    yield f"{project.package} in {project.root}, of Carboy {project.version}{left_out}"
    installed, theirs = Version(metadata.version("carboy")), Version(project.version)
    if installed > theirs:
        wrong = f"Carboy {installed} is installed, and the project's files are of {theirs}."
        yield finding(
            "project.version", wrong, "Run `carboy upgrade`: it brings the files along, and keeps your edits."
        )
    elif installed < theirs:
        wrong = f"Carboy {installed} is installed, and the project's files are of {theirs}."
        yield finding("project.version", wrong, f"Install the newer one: python -m pip install 'carboy=={theirs}'")


def secrets(patient: Patient) -> Iterator[str | Finding]:
    """Look whether the files with secrets are there, out of git, and closed to others."""
    there = [path for path in _secret_files(patient.root) if path.is_file()]
    names = [path.relative_to(patient.root).as_posix() for path in there]
    yield (
        ", ".join(names)
        or "none yet; `make run` makes .env.d/.env.development, `flask secrets --write --mode MODE` another"
    )
    if kept := sorted(set(names) & _known_to_git(patient.root)):
        wrong = f"git keeps {', '.join(kept)}, or would: whoever has the repository has the secrets."
        remedy = (
            "`git rm --cached` them, ignore them as the starter's .gitignore does, and change every secret in them."
        )
        yield finding("project.secrets-in-git", wrong, remedy)
    if open_ones := [path.relative_to(patient.root).as_posix() for path in there if _is_open(path, patient.root)]:
        wrong = f"Others on this machine may read {', '.join(open_ones)}."
        yield finding("project.secrets-open", wrong, f"Run: chmod 600 {' '.join(open_ones)}")


def _secret_files(root: Path) -> list[Path]:
    return [root / ".env", *sorted(root.glob(".env.d/.env.*")), *sorted(root.glob("secrets/*"))]


def _is_open(path: Path, root: Path) -> bool:
    """Tell whether others may read it: a file that is open to all lies closed in a folder that is not."""
    closed_above = any(
        not folder.stat().st_mode & stat.S_IXOTH for folder in path.parents if folder.is_relative_to(root)
    )
    return bool(path.stat().st_mode & _FOR_OTHERS) and not closed_above


def _known_to_git(root: Path) -> set[str]:
    """Return what git keeps or would add, of the places where secrets lie."""
    if shutil.which("git") is None:
        return set()
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *SECRET_PLACES]
    told = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603  (words of our own)
    return set(told.stdout.split("\0")) if told.returncode == 0 else set()
