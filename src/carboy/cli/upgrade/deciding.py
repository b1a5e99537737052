"""What becomes of each file, decided without touching any, by what the old starter gave, what the new gives, and yours.

Whatever only one side changed is taken from that side. What both changed is merged by git, line by line.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import NamedTuple

# What is never touched: migrations are the project's own history, and the rest is drawn by lot or made by running it.
NEVER = ("migrations/versions/", ".env.d/.env.", "secrets/", "instance/", "vendor/")


_NO_TEXT = "no text, and changed by both: yours was kept"
_BOTH = "changed by both in the same place: look for <<<<<<<"


class File(NamedTuple):
    """What is in a file, and whether it can be run."""

    content: bytes
    executable: bool


Files = Mapping[str, File]
Merge = Callable[
    [bytes, bytes, bytes], tuple[bytes, bool]
]  # yours, the old, the new: the merged, and whether it is whole


class Kind(StrEnum):
    """What is done to a file."""

    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"
    CONFLICT = "conflict"
    LEFT = "left"  # as it is; there is something to say about it, and nothing to do


@dataclass(frozen=True, slots=True)
class Change:
    """One file: what it was, what it becomes (None: it is not there), and what to say about it."""

    path: str
    kind: Kind
    before: File | None
    after: File | None
    said: str = ""


@dataclass(frozen=True)
class Sides:
    """All three: what was rendered from the old and the new starter, and the project as it is."""

    old: Files
    new: Files
    yours: Files
    in_the_way: frozenset[str] = frozenset()  # paths at which something is that git does not keep as a file


def decide(sides: Sides, merge: Merge) -> list[Change]:
    """Return what is to be done, path by path."""
    paths = sorted(path for path in sides.old.keys() | sides.new.keys() if not is_never_touched(path))
    return [change for path in paths for change in _of(path, sides, merge)]


def is_never_touched(path: str) -> bool:
    """Tell whether this is none of the upgrade's business."""
    return path == ".env" or path.startswith(NEVER)


def _of(path: str, sides: Sides, merge: Merge) -> Iterator[Change]:
    old, new, yours = sides.old.get(path), sides.new.get(path), sides.yours.get(path)
    if old == new or new == yours:
        return
    if path in sides.in_the_way:
        yield Change(path, Kind.CONFLICT, None, None, "git keeps no file of this name, so what is there was left")
    elif new is None:
        yield from _gone(path, old, yours)
    elif yours is None:
        yield from _not_there(path, sides, new)
    elif yours == old:
        yield Change(path, Kind.CHANGED, yours, new)
    else:
        merged = _merged(path, (old, new, yours), merge)
        if merged.kind is Kind.CONFLICT or merged.after != yours:
            yield merged


def _gone(path: str, old: File | None, yours: File | None) -> Iterator[Change]:
    if yours is None:
        return
    if yours == old:
        yield Change(path, Kind.DELETED, yours, None)
    else:
        yield Change(path, Kind.CONFLICT, yours, yours, "deleted in the new starter, and edited by you: yours was kept")


def _not_there(path: str, sides: Sides, new: File) -> Iterator[Change]:
    if path in sides.old:
        yield Change(path, Kind.LEFT, None, None, "changed in the new starter; you deleted it, so it stays deleted")
    elif folder := _deleted_folder(path, sides):
        yield Change(path, Kind.LEFT, None, None, f"new; you deleted {folder}/, so it stays out")
    else:
        yield Change(path, Kind.ADDED, None, new)


def _deleted_folder(path: str, sides: Sides) -> str:
    """Return the folder above that the old starter had and the project has nothing in any more, "" if there is none."""
    for folder in (parent.as_posix() for parent in PurePosixPath(path).parents[:-1]):
        if _holds(sides.old, folder) and not _holds(sides.yours, folder):
            return folder
    return ""


def _holds(files: Files, folder: str) -> bool:
    return any(path.startswith(f"{folder}/") for path in files)


def _merged(path: str, three: tuple[File | None, File, File], merge: Merge) -> Change:
    old, new, yours = three
    before = old.content if old else None
    executable = new.executable if old is None or yours.executable == old.executable else yours.executable
    if yours.content in (before, new.content) or new.content == before:
        content = new.content if yours.content == before else yours.content
        return Change(path, Kind.CHANGED, yours, File(content, executable))
    if any(_is_binary(content or b"") for content in (before, new.content, yours.content)):
        return Change(path, Kind.CONFLICT, yours, File(yours.content, executable), _NO_TEXT)
    content, whole = merge(yours.content, before or b"", new.content)
    kind, said = (Kind.CHANGED, "") if whole else (Kind.CONFLICT, _BOTH)
    return Change(path, kind, yours, File(content, executable), said)


def _is_binary(content: bytes) -> bool:
    return b"\0" in content[:8000]  # as git tells it
