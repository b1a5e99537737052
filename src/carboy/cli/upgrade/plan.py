"""Everything that an upgrade will do, before it does anything."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carboy.cli.upgrade.deciding import Change, File, Kind, Sides, decide
from carboy.cli.upgrade.editions import Drawing, Edition, vendored
from carboy.cli.upgrade.repository import Merger, Repository
from carboy.cli.upgrade.stamp import PROJECT_FILE, stamped

if TYPE_CHECKING:
    from carboy.cli.project import Project


@dataclass(frozen=True)
class Plan:
    """What is to be done, and what the new starter has that the project goes without."""

    changes: list[Change]
    old: Drawing
    new: Drawing

    @property
    def conflicts(self) -> bool:
        """Whether somebody must resolve something."""
        return any(change.kind is Kind.CONFLICT for change in self.changes)

    @property
    def news(self) -> list[str]:
        """The features that the old starter did not have, and that were left out."""
        return sorted(self.new.without - self.old.optional)


def planned(
    project: "Project", repository: Repository, editions: tuple[Edition, Edition], wanted: Sequence[str]
) -> Plan:
    """Have both draw, and decide. `wanted` are features that come in, though they are new or were left out."""
    before, after = editions
    old = before.draw(project.name, project.without)
    new = after.draw(project.name, set(project.without) - set(wanted), old.optional | set(wanted))
    if strange := sorted(set(wanted) - new.optional):
        known = ", ".join(sorted(new.optional)) or "none"
        raise click.ClickException(
            f"Carboy {new.version} has no feature {', '.join(strange)} to choose. Choose of: {known}."
        )
    merger = Merger(("yours", f"Carboy {old.version}", f"Carboy {new.version}"))
    changes = [*_of_files(repository, old, new, merger), *_of_wheels(project.root, after)]
    return Plan(changes, old, new)


def _of_files(repository: Repository, old: Drawing, new: Drawing, merger: Merger) -> list[Change]:
    yours = repository.files()
    in_the_way = repository.in_the_way(new.files, yours)
    decided = decide(Sides(_stamped(old.files, new), new.files, _stamped(yours, new), in_the_way), merger)
    stamp = {PROJECT_FILE: Change(PROJECT_FILE, Kind.CHANGED, None, _stamped(yours, new).get(PROJECT_FILE))}
    by_path = stamp | {change.path: change for change in decided}
    told = [replace(change, before=yours.get(path)) for path, change in sorted(by_path.items())]
    return [change for change in told if change.before != change.after or change.said]


def _stamped(files: Mapping[str, File], new: Drawing) -> dict[str, File]:
    if (file := files.get(PROJECT_FILE)) is None:
        return dict(files)
    return {**files, PROJECT_FILE: file._replace(content=stamped(file.content, new.files[PROJECT_FILE].content))}


def _of_wheels(root: Path, new: Edition) -> Iterator[Change]:
    """Yield the change of the wheel that the project keeps, if it keeps one."""
    kept = {path.name: File(path.read_bytes(), executable=False) for path in vendored(root)}
    if not kept or (new.wheel is None and f"carboy-{new.version}-py3-none-any.whl" in kept):
        return
    name, wheel = new.packed()
    for other in kept.keys() - {name}:
        yield Change(f"vendor/{other}", Kind.DELETED, kept[other], None)
    if kept.get(name) != wheel:
        yield Change(f"vendor/{name}", Kind.CHANGED if name in kept else Kind.ADDED, kept.get(name), wheel)
