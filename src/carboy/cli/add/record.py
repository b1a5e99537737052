"""What was written for a feature: kept beside it, so that it can be taken away again, and be referred to."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from carboy.cli.add.feature import Contract, Feature, Store, Target
from carboy.cli.add.naming import Names
from carboy.cli.add.refusals import Refusal

if TYPE_CHECKING:
    from carboy.cli.project import Project

FILE = ".carboy.json"


@dataclass(frozen=True, slots=True)
class Record:
    """What was asked for, and what each file was when it was written."""

    carboy: str  # the version that wrote it
    many: str
    one: str
    fields: list[str]
    store: Store
    contract: Contract
    pages: bool
    title: str
    refers_to: list[str]
    revision: str
    files: Mapping[str, str]  # the digest of each, by its place

    @property
    def names(self) -> Names:
        """What the feature and its parts are called."""
        return Names(self.many, self.one)

    def as_target(self, package: str) -> Target:
        """Return what others may refer to."""
        return Target(self.names, f"{package}.{self.many}", self.store, self.title)

    def printed(self) -> str:
        """Return the record as its file has it."""
        return json.dumps(asdict(self), indent=2) + "\n"


def record_of(feature: Feature, *, version: str, revision: str, files: Mapping[str, str]) -> Record:
    """Return the record of a feature that was written."""
    return Record(
        carboy=version,
        many=feature.names.many,
        one=feature.names.one,
        fields=[one.said for one in feature.fields],
        store=feature.store,
        contract=feature.contract,
        pages=feature.pages,
        title=feature.title.attribute if feature.title else "",
        refers_to=sorted(feature.targets),
        revision=revision,
        files=files,
    )


def digest_of(path: Path) -> str:
    """Return what tells a file from all others."""
    return sha256(path.read_bytes()).hexdigest()


def find(project: "Project", many: str) -> Record | None:
    """Return the record of a feature, if it has one."""
    path = project.root / project.package / many / FILE
    if not path.is_file():
        return None
    try:
        return Record(**json.loads(path.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise Refusal(f"{path} cannot be read: {error}. Take it from your history again.") from error


def all_of(project: "Project") -> Iterator[Record]:
    """Return the records of all features of a project."""
    for path in sorted((project.root / project.package).glob(f"*/{FILE}")):
        if found := find(project, path.parent.name):
            yield found
