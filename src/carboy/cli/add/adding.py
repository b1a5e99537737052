"""A feature is added: read, held against what is there, and written whole."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from carboy.cli.add import fields, inside, migration, naming, record, rendering, taken, writing
from carboy.cli.add.feature import USERS, Contract, Feature, Store, Target
from carboy.cli.add.refusals import Refusal

if TYPE_CHECKING:
    from carboy.cli.project import Project


def read(
    project: "Project", name: str, said: Sequence[str], *, one: str, store: Store, contract: Contract, pages: bool
) -> Feature:  # fmt: skip
    """Return the feature that was asked for; refuse what cannot be one."""
    names = naming.names_of(name, one)
    found = fields.read_all(said)
    for field in found:
        taken.refuse_field(field)
        if field.kind.feature == names.many:
            raise Refusal(f"{field.said}: a feature cannot refer to itself. Leave the field out.")
    targets = {field.kind.feature: _target(project, field.kind.feature) for field in found if field.is_reference}
    feature = Feature(project.package, names, found, targets, store, contract, pages)
    feature.check()
    writing.refuse_without_ruff()
    taken.refuse_feature(feature, project)
    return feature


def add(project: "Project", feature: Feature) -> list[str]:
    """Write the feature into the project, and return what was written."""
    files = dict(rendering.render(feature))
    made = migration.write(feature, project)
    folders = folders_of(feature.package, feature.names.many)
    with writing.all_or_nothing(project, [*folders, made.place]):
        writing.write(project, files)
        writing.lay_out(project, list(files))
        writing.write(project, {made.place: made.content})
        _note(project, feature, made, [*files, made.place])
        writing.list_feature(project, feature.module)
        inside.ask(project, "write")
    return sorted([*files, made.place])


def folders_of(package: str, many: str) -> list[str]:
    """Return the folders that are a feature's own."""
    return [f"{package}/{many}", f"{package}/templates/{many}", f"tests/{many}"]


def folder_of_schemas(many: str) -> str:
    """Return the folder of a feature's schema files, which are drawn anew from its code or written by hand."""
    return f"{writing.SPECIFICATIONS}/schemas/{many}"


def _note(project: "Project", feature: Feature, made: migration.Migration, places: Sequence[str]) -> None:
    digests = {place: record.digest_of(project.root / place) for place in sorted(places)}
    note = record.record_of(feature, version=project.version, revision=made.revision, files=digests)
    writing.write(project, {f"{feature.package}/{feature.names.many}/{record.FILE}": note.printed()})


def _target(project: "Project", name: str) -> Target:
    if name == USERS:
        return Target(naming.Names(USERS, "user"), f"{project.package}.accounts")
    if found := record.find(project, name):
        return found.as_target(project.package)
    known = ", ".join([USERS, *(one.many for one in record.all_of(project))])
    raise Refusal(f"ref[{name}]: a field refers to users, or to what `carboy add feature` wrote. Here that is {known}.")
