"""Everything or nothing: what was decided is written, and taken back if something holds it up."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from carboy.cli.upgrade.deciding import Change, File
from carboy.cli.upgrade.repository import Repository


def write(repository: Repository, changes: Iterable[Change]) -> None:
    """Write them all. Whatever is raised meanwhile, the project is as it was before it is raised again.

    A process that is killed takes nothing back. Then git's own folder says so, and the next upgrade tells what to do.
    """
    done: list[Change] = []
    repository.begin()
    try:
        for change in (one for one in changes if one.before != one.after):
            done.append(change)
            _put(repository.root, change.path, change.after)
    except BaseException:  # Ctrl-C too
        for change in reversed(done):
            _put(repository.root, change.path, change.before)
        repository.end()
        raise
    repository.end()


def _put(root: Path, name: str, file: File | None) -> None:
    path = root / name
    if file is None:
        path.unlink(missing_ok=True)
        _remove_empty(path.parent, root)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, file)


def _replace(path: Path, file: File) -> None:
    """Put it in the place of what is there in one step, with that one's permissions but for running it."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    descriptor, beside = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as writing:
            writing.write(file.content)
        readers = (mode & 0o444) >> 2
        Path(beside).chmod(mode | readers if file.executable else mode & ~0o111)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
