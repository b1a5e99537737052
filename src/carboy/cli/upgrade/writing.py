"""Everything or nothing: what was decided is written, and taken back if something holds it up."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from carboy.cli.upgrade.deciding import Change, File
from carboy.cli.upgrade.repository import TAKE_BACK, Repository, unwritten


def write(repository: Repository, changes: Iterable[Change]) -> None:
    """Write them all. Whatever is raised meanwhile, the project is as it was before it is raised again.

    A process that is killed takes nothing back. Then git's own folder says so, and the next upgrade tells what to do.
    """
    done: list[Change] = []
    try:
        repository.begin()
        for change in (one for one in changes if one.before != one.after):
            done.append(change)
            _put(repository.root, change.path, change.after)
    except BaseException as error:  # Ctrl-C too
        _take_back(repository, done, error)
        repository.end()
        if isinstance(error, OSError):
            raise unwritten(error, repository.root) from error
        raise
    repository.end()


def _take_back(repository: Repository, done: Sequence[Change], error: BaseException) -> None:
    """Take back as much as can be. If that is not all, say so, and leave the note that says it to the next upgrade."""
    failed = []
    for change in reversed(done):
        try:
            if not _is(repository.root / change.path, change.before):
                _put(repository.root, change.path, change.before)
        except OSError as fault:
            failed.append(f"{change.path} ({fault.strerror or fault})")
    if failed:
        raise click.ClickException(
            f"The upgrade failed half-way: {error or type(error).__name__}. Not everything could be taken back:"
            f" {', '.join(failed)}. See that you may write there, then run: {TAKE_BACK}"
        ) from error


def _is(path: Path, file: File | None) -> bool:
    """Tell whether this is what stands there. Where nothing could be written, there is nothing to take back."""
    if file is None:
        return not path.exists() and path.parent.is_dir() and any(path.parent.iterdir())
    runs = path.is_file() and bool(path.stat().st_mode & 0o100)
    return path.is_file() and File(path.read_bytes(), runs) == file


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
