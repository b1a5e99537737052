"""Where the starter is, and which of its files are its own."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path, PurePosixPath

NAME = "starter"  # what its package is called
_CARBOY = Path(__file__).parents[2]


def starter_folder() -> Path:
    """Return the folder of the starter: the one that came with Carboy, or the one in its own repository."""
    packaged = _CARBOY / "_starter"
    return packaged if packaged.is_dir() else _CARBOY.parents[1] / NAME


def files_of(starter: Path) -> Iterator[PurePosixPath]:
    """List what is the starter's own, and nothing that its .gitignore names: keys, databases, what was compiled."""
    ignored = (starter / ".gitignore").read_text("utf-8").split()
    for path in sorted(starter.rglob("*")):
        inside = PurePosixPath(path.relative_to(starter).as_posix())
        if path.is_file() and not any(map(partial(_matches, inside), ignored)):
            yield inside


def _matches(path: PurePosixPath, pattern: str) -> bool:
    if "/" in pattern.rstrip("/"):
        return fnmatchcase(str(path), pattern)
    return any(fnmatchcase(part, pattern.rstrip("/")) for part in path.parts)
