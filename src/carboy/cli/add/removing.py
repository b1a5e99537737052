"""A feature is taken away, if nothing would be lost or broken by it."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from carboy.cli.add import inside, migration, record, writing
from carboy.cli.add.adding import folder_of_schemas, folders_of
from carboy.cli.add.record import Record
from carboy.cli.add.refusals import Refusal

if TYPE_CHECKING:
    from carboy.cli.project import Project

_BY_THE_WAY = ("__pycache__", ".pytest_cache")


def remove(project: "Project", name: str, *, force: bool) -> None:
    """Take away what `carboy add feature` wrote; `force` takes along what was changed since."""
    found = record.find(project, name)
    if found is None:
        known = ", ".join(one.many for one in record.all_of(project)) or "none"
        raise Refusal(f"{name} was not written by `carboy add feature`. Those that were: {known}.")
    _refuse_needed(project, found)
    if not force:
        _refuse_edited(project, found)
    _refuse_built_on(project, found)
    _take_away(project, found)


def _take_away(project: "Project", found: Record) -> None:
    folders = folders_of(project.package, found.many)
    migrations = migration.files_of(project, found.revision)
    with writing.all_or_nothing(project, [*folders, *migrations]):
        writing.unlist_feature(project, f"{project.package}.{found.many}")
        # Only now: it may be this feature that keeps the application from starting.
        _refuse_migrated(found, inside.ask(project, "write_anew"))
        for place in (*folders, *migrations, folder_of_schemas(found.many)):
            writing.drop(project.root / place)


def _refuse_needed(project: "Project", found: Record) -> None:
    """Refuse while another feature refers to this one, or any other file of the application imports it."""
    needing = [one.many for one in record.all_of(project) if found.many in one.refers_to]
    needing = needing or sorted(set(_importers(project, found)))
    if needing:
        raise Refusal(f"{found.many} is still needed by {', '.join(needing)}. Remove or change that first.")


def _importers(project: "Project", found: Record) -> Iterator[str]:
    own = tuple(project.root / folder for folder in folders_of(project.package, found.many))
    imported = re.compile(rf"\b(from|import) {re.escape(f'{project.package}.{found.many}')}\b|\bfrom {found.many}[.]")
    for folder in (project.package, "tests"):
        for path in (project.root / folder).rglob("*.py"):
            if any(path.is_relative_to(one) for one in own):
                continue
            if imported.search(path.read_text("utf-8")):
                yield path.relative_to(project.root).as_posix()


def _refuse_edited(project: "Project", found: Record) -> None:
    if edited := sorted(_edited(project, found)):
        few = ", ".join(edited[:5]) + (f" and {len(edited) - 5} more" if len(edited) > 5 else "")
        raise Refusal(f"Changed or added since {found.many} was written: {few}. Say --force to remove that as well.")


def _edited(project: "Project", found: Record) -> Iterator[str]:
    from carboy.web.openapi.exported import is_exported

    for place, digest in found.files.items():
        path = project.root / place
        if path.is_file() and record.digest_of(path) != digest:
            yield place
    for folder in (*folders_of(project.package, found.many), folder_of_schemas(found.many)):
        for path in (project.root / folder).rglob("*"):
            place = path.relative_to(project.root).as_posix()
            ours = place in found.files or path.name == record.FILE or set(_BY_THE_WAY) & set(path.parts)
            if path.is_file() and not ours and not is_exported(path):
                yield place


def _refuse_built_on(project: "Project", found: Record) -> None:
    """Refuse where another migration builds on the one that makes the table."""
    if after := migration.those_after(project, found.revision):
        raise Refusal(
            f"The migration {', '.join(after)} builds on that of {found.many}, which other databases may have by now."
            f" Remove what came after first; or keep both, and delete the folder and the line of {found.many} by hand:"
            " `flask db migrate` then writes a migration that drops its table."
        )


def _refuse_migrated(found: Record, revisions: Sequence[str]) -> None:
    """Refuse where the table is in the database, which is at these revisions."""
    if found.revision in revisions:
        raise Refusal(
            f"The database has the table of {found.many}. `flask db downgrade` drops it, with every row in it; then"
            " try again. If other databases have it, too, downgrade them before they lose the migration."
        )
