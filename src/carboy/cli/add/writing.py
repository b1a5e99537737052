"""All of it or nothing: files are written, laid out, and taken back if anything fails."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from carboy.cli.add.refusals import Refusal

if TYPE_CHECKING:
    from carboy.cli.project import Project

FEATURES = "features.py"
SPECIFICATIONS = "specifications"

# What templates leave to the linter: imports that are not needed and their order, the order of __all__, Decimal("1").
_FIXED = "F401,I001,RUF022,FURB157"


@contextmanager
def all_or_nothing(project: "Project", places: Sequence[str]) -> Iterator[None]:
    """Bring back what stood in these files and folders, and in what every change touches, if the work inside fails."""
    touched = [*places, f"{project.package}/{FEATURES}", SPECIFICATIONS]
    before = {path: _contents(path) for path in (project.root / place for place in touched)}
    try:
        yield
    except BaseException:
        for path, contents in before.items():
            _bring_back(path, contents)
        raise


def write(project: "Project", files: Mapping[str, str]) -> None:
    """Write files, with the folders that they lie in."""
    for place, content in files.items():
        path = project.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")


def lay_out(project: "Project", places: Sequence[str]) -> None:
    """Leave out imports that are not used, put the others in order, and lay the code out as the project does."""
    python = [place for place in places if place.endswith(".py")]
    for command in (["check", "--quiet", "--fix-only", "--select", _FIXED], ["format", "--quiet"]):
        laid_out = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "ruff", *command, *python],
            cwd=project.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if laid_out.returncode:
            raise Refusal(f"ruff could not lay out what was to be written, so nothing was: {laid_out.stderr.strip()}")


def refuse_without_ruff() -> None:
    """Refuse where the formatter is missing: what is written is laid out as the project's code is."""
    if find_spec("ruff") is None:
        raise Refusal(
            "The code is laid out by ruff, which is not here. Run `make setup` in the project, then this again."
        )


def list_feature(project: "Project", module: str) -> None:
    """Put the feature's line at the end of the table of contents: below all that it may lean on."""
    path = project.root / project.package / FEATURES
    text = path.read_text("utf-8")
    head, closing, rest = text.rpartition("\n)")
    if not closing or "FEATURES" not in head:
        raise Refusal(f"{path} has no FEATURES = (…) with a feature on each line. Write it so, and try again.")
    path.write_text(f'{head}\n    "{module}",{closing}{rest}', "utf-8")


def unlist_feature(project: "Project", module: str) -> None:
    """Take the feature's line out of the table of contents."""
    path = project.root / project.package / FEATURES
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if line.strip() != f'"{module}",'), "utf-8")


def drop(path: Path) -> None:
    """Remove a file or a folder; what is not there is gone already."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _contents(path: Path) -> Mapping[Path, bytes]:
    if path.is_file():
        return {path: path.read_bytes()}
    return {inner: inner.read_bytes() for inner in path.rglob("*") if inner.is_file()}


def _bring_back(path: Path, contents: Mapping[Path, bytes]) -> None:
    drop(path)
    for inner, content in contents.items():
        inner.parent.mkdir(parents=True, exist_ok=True)
        inner.write_bytes(content)
