"""Writes a project: all of it or nothing. It grows in a folder beside its place, and moves when it is whole."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from carboy.cli.new import git
from carboy.cli.new.answers import Answers
from carboy.cli.new.first_migration import first_migration
from carboy.cli.new.rendering import File, render
from carboy.cli.new.starter import starter_folder
from carboy.cli.new.wheel import put_wheel
from carboy.cli.secrets import begin_file
from carboy.errors import SetupError
from carboy.ops.backup.stopping import stopped_in_order


@dataclass(frozen=True)
class Made:
    """A project that is there now."""

    folder: Path
    files: list[str]
    history: str  # committed, initialised, around or none: what git.begin says


def make(answers: Answers, parent: Path) -> Made:
    """Make the project in a folder of its name."""
    place = parent / answers.name
    with _growing(place) as folder:
        _write(folder, render(starter_folder(), answers))
        with first_migration(folder, answers.name):
            put_wheel(folder / "vendor")
            begin_file(folder / ".env.d" / ".env.development", "development")
        files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        history = git.begin(folder, f"Begin {answers.name} with Carboy")
    return Made(place, files, history)


@contextmanager
def _growing(place: Path) -> Iterator[Path]:
    folder = place.with_name(f".{place.name}-{token_hex(4)}")
    with stopped_in_order():
        try:
            folder.mkdir()
            yield folder
            if place.exists():
                raise SetupError(
                    f"{place} has come into being meanwhile. Nothing was changed. Take another name, or remove it."
                )
            folder.rename(place)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _write(folder: Path, files: Mapping[str, File]) -> None:
    for name, file in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        if file.executable:
            path.chmod(path.stat().st_mode | 0o111)
