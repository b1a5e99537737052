"""What is told: the difference, the summary, what releases ask for, and what to do next."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import unified_diff

from packaging.version import InvalidVersion, Version

from carboy.cli.upgrade.deciding import Change, File, Kind
from carboy.cli.upgrade.repository import TAKE_BACK

_BEFORE_HEADINGS = re.compile(r"^(?=## \S)", re.MULTILINE)
_RESOLVE = "  look for <<<<<<<           in what is named above, and resolve it"
_STEPS = f"""\
  git diff                   look at it
  make test                  installs what it stands on, and tries it
  flask db check             names what the library's tables need; if anything:
                             flask db migrate -m carboy && flask db upgrade
  git add --all . && git commit

To take all of it back instead: {TAKE_BACK}"""
_NOWHERE = "/dev/null"


def difference(changes: Sequence[Change]) -> str:
    """Return all of it as one unified diff."""
    return "".join(line for change in changes for line in _of_one(change))


def _of_one(change: Change) -> Iterator[str]:
    before, after = change.before, change.after
    if before == after:
        return
    names = (f"a/{change.path}" if before else _NOWHERE, f"b/{change.path}" if after else _NOWHERE)
    if before and after and before.executable != after.executable:
        yield f"# {change.path}: can {'now' if after.executable else 'no longer'} be run\n"
    old, new = _lines(before), _lines(after)
    if old is None or new is None:
        yield f"Binary files {names[0]} and {names[1]} differ\n"
        return
    for line in unified_diff(old, new, *names):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(file: File | None) -> list[str] | None:
    """Return the lines with their ends, None for what is no text."""
    try:
        text = file.content.decode("utf-8") if file else ""
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else re.findall(r"[^\n]*\n|[^\n]+", text)


def summary(changes: Sequence[Change]) -> str:
    """Return how many of each, and by name what somebody must look at."""
    times = Counter(change.kind for change in changes)
    counted = [f"{times[kind]} {kind}" for kind in (Kind.CHANGED, Kind.ADDED, Kind.DELETED)]
    conflicts = f"{times[Kind.CONFLICT]} {'conflict' if times[Kind.CONFLICT] == 1 else 'conflicts'}"
    told = [change for kind in (Kind.CONFLICT, Kind.LEFT) for change in changes if change.kind is kind]
    return "\n".join([f"{', '.join(counted)}, {conflicts}.", *(f"  {one.path}: {one.said}" for one in told)])


def asked_of_you(upgrading: str, *, since: Version, until: Version) -> str:
    """Return the sections of UPGRADING.md for the releases after the one and up to the other, as they stand there."""
    sections = ((_version(section), section.strip()) for section in _BEFORE_HEADINGS.split(upgrading)[1:])
    return "\n\n".join(section for version, section in sections if version and since < version <= until)


def _version(section: str) -> Version | None:
    try:
        return Version(section.split()[1])
    except InvalidVersion:
        return None


def next_steps(*, conflicts: bool) -> str:
    """Return what to do now."""
    return "\n".join(["Next:", *([_RESOLVE] if conflicts else []), _STEPS])
