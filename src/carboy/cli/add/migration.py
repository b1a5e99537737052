"""The migration of a feature: written as the newest, and looked for again when the feature is removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from carboy.cli.add.refusals import Refusal
from carboy.cli.add.rendering import render_migration
from carboy.context import utc_now
from carboy.data.revisions import Tree, read_tree

if TYPE_CHECKING:
    from carboy.cli.add.feature import Feature
    from carboy.cli.project import Project

FOLDER = "migrations/versions"


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration that is to be written."""

    revision: str
    place: str
    content: str


def write(feature: "Feature", project: "Project") -> Migration:
    """Return the migration that makes the feature's table, after the newest that there is."""
    revision, now = uuid4().hex[:12], utc_now()
    after = _newest(read_tree(project.root / FOLDER))
    content = render_migration(
        feature,
        message=feature.names.words.capitalize(),
        revision=revision,
        after=after,
        made=_moment(now),
    )
    return Migration(revision, f"{FOLDER}/{now:%Y_%m_%d_%H%M}_{feature.names.many}_{revision}.py", content)


def those_after(project: "Project", revision: str) -> list[str]:
    """Return the migrations that build on this one."""
    tree = read_tree(project.root / FOLDER)
    return sorted(other for other, before in tree.items() if revision in before)


def files_of(project: "Project", revision: str) -> Mapping[str, Path]:
    """Return the file of a migration, by its place."""
    found = (project.root / FOLDER).glob(f"*_{revision}.py")
    return {path.relative_to(project.root).as_posix(): path for path in found}


def _newest(tree: Tree) -> str | None:
    followed = {before for all_before in tree.values() for before in all_before}
    heads = sorted(tree.keys() - followed)
    if len(heads) > 1:
        raise Refusal(
            f"There are {len(heads)} newest migrations: {', '.join(heads)}. Merge them first: `flask db heads`."
        )
    return heads[0] if heads else None


def _moment(now: datetime) -> str:
    return now.replace(tzinfo=None).isoformat(" ")
