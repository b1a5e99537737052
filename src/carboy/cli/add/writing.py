"""All of it or nothing: files are written, laid out, and taken back if anything fails."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from carboy.cli.add.refusals import Refusal

if TYPE_CHECKING:
    from carboy.cli.project import Project

FEATURES = "features.py"
SPECIFICATIONS = "specifications"

Contents = Mapping[Path, bytes | None]  # of files; folders have none

# What templates leave to the linter: imports that are not needed and their order, the order of __all__, Decimal("1").
_FIXED = "F401,I001,RUF022,FURB157"


@contextmanager
def all_or_nothing(project: "Project", places: Sequence[str]) -> Iterator[None]:
    """Bring back what stood in these files and folders, and in what every change touches, if the work inside fails."""
    touched = [*places, f"{project.package}/{FEATURES}", SPECIFICATIONS]
    before = {path: _contents(path) for path in (project.root / place for place in touched)}
    try:
        yield
    except BaseException as error:
        _bring_all_back(before, error)
        if isinstance(error, OSError):
            raise Refusal(
                f"{error.filename or project.root} cannot be written: {_why(error)}; nothing was changed."
                " See that you may write there and that there is room, then run this again."
            ) from error
        raise


def write(project: "Project", files: Mapping[str, str]) -> None:
    """Write files, with the folders that they lie in."""
    for place, content in files.items():
        put(project.root / place, content.encode())


def put(path: Path, content: bytes) -> None:
    """Write a file in one step, with the folders that it lies in: at any moment it is the old one or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}-{token_hex(4)}")
    try:
        beside.write_bytes(content)
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror or str(error), str(path)) from error
        raise


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
            raise Refusal(
                "ruff could not lay out what was to be written, so nothing was. Mend what it says of pyproject.toml;"
                f" if that is as it should be, it is a fault of Carboy: please report it.\n{laid_out.stderr.strip()}"
            )


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
    put(path, f'{head}\n    "{module}",{closing}{rest}'.encode())


def unlist_feature(project: "Project", module: str) -> None:
    """Take the feature's line out of the table of contents."""
    path = project.root / project.package / FEATURES
    lines = path.read_text("utf-8").splitlines(keepends=True)
    put(path, "".join(line for line in lines if line.strip() != f'"{module}",').encode())


def drop(path: Path) -> None:
    """Remove a file or a folder; what is not there is gone already."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _contents(path: Path) -> Contents:
    if path.is_file():
        return {path: path.read_bytes()}
    inside = [path, *path.rglob("*")] if path.is_dir() else []
    return {one: None if one.is_dir() else one.read_bytes() for one in inside if one.is_dir() or one.is_file()}


def _bring_all_back(before: Mapping[Path, Contents], error: BaseException) -> None:
    """Bring back as much as can be; say so if that is not all."""
    failed = []
    for path, contents in before.items():
        try:
            _bring_back(path, contents)
        except OSError as fault:
            failed.append(f"{path} ({_why(fault)})")
    if failed:
        raise Refusal(
            f"It failed half-way: {error or type(error).__name__}. Not everything could be brought back, so look at"
            f" {', '.join(failed)}. `git status` shows what differs from your last commit; `git restore` brings"
            " files back, and `git clean` takes new ones away."
        ) from error


def _bring_back(path: Path, contents: Contents) -> None:
    """Change what differs, and only that: where nothing could be written, there is nothing to bring back."""
    now = _contents(path)
    for new in sorted(now.keys() - contents.keys(), reverse=True):  # what lies in a folder comes before it
        if now[new] is None:
            new.rmdir()
        else:
            new.unlink()
    for old, content in contents.items():
        if content is None:
            old.mkdir(parents=True, exist_ok=True)
        elif now.get(old) != content:
            put(old, content)


def _why(error: OSError) -> str:
    return error.strerror or str(error)
