"""What templates ask of a feature: pieces of source that differ from field to field.

They stand here, and not in the templates, where the output could not be seen for the questions.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from carboy.cli.add.feature import Feature, Target
from carboy.cli.add.fields import Field
from carboy.cli.add.kinds import source

AN_ID = "0192f0c1-2345-7abc-8def-0123456789ab"
LONGEST_WRONG = 1300  # what a test types that is wrong
WIDEST_BELOW = 3  # of the fields that stand below a row's title in a list


def words_of(feature: Feature) -> Mapping[str, Any]:
    """Return everything that templates may ask for, by its name."""
    fields, names = feature.fields, feature.names
    references = feature.references
    own = [feature.targets[name] for name in dict.fromkeys(one.kind.feature for one in references)]
    return {
        "f": feature,
        "n": names,
        "package": feature.package,
        "module": feature.module,
        "a_test": names.a_word.replace(" ", "_"),
        "fields": fields,
        "sql": feature.store == "sql",
        "files": feature.contract == "files",
        "pages": feature.pages,
        "symbol": f"{names.table}, {names.kind}" if feature.store == "sql" else names.kind,
        "exported": _exported(feature),
        "targets": own,
        "others": [target for target in own if not target.is_users],
        "references": references,
        "to_users": [one for one in references if feature.target_of(one).is_users],
        "to_others": [one for one in references if not feature.target_of(one).is_users],
        "offered": [target for target in own if not target.is_users] if feature.pages else [],
        "target_of": feature.target_of,
        "targeted": lambda one: feature.target_of(one) if one.is_reference else None,
        "suffix": _suffix_in(feature),
        "uniques": [one for one in fields if one.unique],
        "indexed": [one for one in fields if one.index],
        "units": [one for one in fields if one.kind.unit],
        "moments": [one for one in fields if one.kind.python == "datetime"],
        "optionals": [one for one in fields if one.optional],
        "required": [one for one in fields if not one.may_be_left_out],
        "needed": [one for one in fields if not one.optional],
        "plain": [one for one in fields if not one.is_reference and not one.unique],
        "judged": bool(references) or any(one.unique for one in fields),
        "attributes": [one.attribute for one in fields],
        "places": [f":{one.attribute}" for one in fields],
        "assignments": [f"{one.attribute} = :{one.attribute}" for one in fields],
        "changed": feature.changed,
        "changed_target": feature.target_of(feature.changed) if feature.changed.is_reference else None,
        "wrong": _first(fields, _can_be_wrong),
        "escaped": _first(fields, lambda one: "ONE_LINE" in one.kind.rules and one.kind.schema["maxLength"] > 20),
        "below": [one for one in fields if _stands_below(one, feature)][:WIDEST_BELOW],
        "title": _title(feature),
        "exact": _exact(fields),
        "imported": sorted(one.alias for one in fields if one.kind.rules),
        "has_lines": any("ONE_LINE" in one.kind.rules for one in fields),
        "migrated": sorted({*(one.kind.migration.partition("(")[0] for one in fields), "UtcDateTime"}),
        "macros": _macros(fields, feature),
        **_SOURCES,
    }


def typed(one: Field, *, missing: bool = False) -> str:
    """Return the type of a field in a contract; `missing`, where it may be left out."""
    return (one.alias if one.kind.rules else one.kind.python) + " | MISSING" * missing + " | None" * one.optional


def default(one: Field) -> str:
    """Return what stands behind a field that need not be said."""
    return " = None" if one.optional else f" = {one.kind.default}" if one.kind.default else ""


def mapped(one: Field, target: Target | None) -> str:
    """Return what the ORM is told of a column besides its type in Python."""
    said = [] if one.kind.is_inferred else [one.kind.column]
    if target:
        said += [target.foreign_key, "index=True"]
    if one.kind.default and not one.optional:
        said.append(f"default={one.kind.default}")
    return f" = mapped_column({', '.join(said)})" if said else ""


def column(one: Field, target: Target | None) -> str:
    """Return what a table is told of a column."""
    said = [target.foreign_key] if target else [one.kind.column]
    said += [] if one.optional else ["nullable=False"]
    return ", ".join([*said, "index=True"] if target else said)


def constraints(feature: Feature) -> list[str]:
    """Return what a table is told besides its columns and the index of the list."""
    unique = [f'UniqueConstraint("owner_id", "{one.attribute}")' for one in feature.fields if one.unique]
    return unique + [f'Index(None, "owner_id", "{one.attribute}")' for one in feature.fields if one.index]


def in_json(one: Field, target: Target | None, *, who: str, value: int = 0) -> str:
    """Return source of what `who`, who asks in a test, says of a field in JSON."""
    if target:
        return f"str({who}.user.id)" if target.is_users else f"str({target.names.one}_of({who}.user, {who}.app))"
    return one.kind.numbered if one.unique else source(one.kind.examples[value])


def in_python(one: Field, target: Target | None) -> str:
    """Return source of a field's value as the domain is told it."""
    if target:
        return "me" if target.is_users else f"make_{target.names.one}(me, database).id"
    if one.unique:
        return one.kind.numbered.replace("str(uuid7())", "uuid7()")
    return one.kind.value(one.kind.examples[0])


def in_a_form(one: Field, target: Target | None, *, who: str, value: int = 0) -> str:
    """Return source of what a browser sends of a field."""
    if target:
        return f"{who}.user.username" if target.is_users else in_json(one, target, who=who)
    if one.unique:
        return f"str({one.kind.numbered})" if one.kind.python == "int" else one.kind.numbered
    said = one.kind.examples[value]
    if one.kind.python == "datetime":
        said = said.removesuffix("Z")
    return source(str(said).lower() if isinstance(said, bool) else str(said))


def shown(one: Field) -> str:
    """Return source of what the document of the API shows of a field."""
    return source(AN_ID if one.is_reference else one.kind.examples[0])


def hints(one: Field) -> str:
    """Return what a form's line says to a browser, as arguments of a macro."""
    return "".join(f", {name}={source(value)}" for name, value in one.kind.hints.items())


def choice_words(one: Field) -> str:
    """Return what the words of a choice are called, where that differs, as an argument of a macro."""
    said = {word: word.replace("_", " ").replace("-", " ") for word in one.kind.choices}
    differ = ", ".join(f"{source(word)}: {source(words)}" for word, words in said.items() if word != words)
    return f", words={{{differ}}}" if differ else ""


def wrapped(words: Iterable[str], indent: int) -> str:
    """Join words by commas, in lines that are not too long."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > 90:
            lines.append("")
        lines[-1] += f"{word}, "
    return f"\n{' ' * indent}".join(line.rstrip() for line in lines).rstrip(",")


def _exported(feature: Feature) -> str:
    names = feature.names
    kinds = sorted([names.kind, names.kinds])
    table = [names.table] if feature.store == "sql" else []
    return ", ".join(f'"{name}"' for name in [*table, *kinds, "change", "create", "get", "remove", "search"])


def _suffix_in(feature: Feature) -> Callable[[Field], str]:
    """Tell the tests of two fields that refer to the same thing apart."""
    referred = [one.kind.feature for one in feature.references]
    return lambda one: f"_as_{one.name}" if referred.count(one.kind.feature) > 1 else ""


def _first(fields: Sequence[Field], fits: Callable[[Field], bool]) -> Field | None:
    return next((one for one in fields if fits(one)), None)


def _can_be_wrong(one: Field) -> bool:
    """Whether markup of so many characters is refused for this field."""
    is_choice_of_two = one.kind.widget == "box" and not one.optional
    return not is_choice_of_two and one.kind.schema.get("maxLength", 0) < LONGEST_WRONG


def _stands_below(one: Field, feature: Feature) -> bool:
    fits = one.kind.widget in ("line", "choice", "box") and not one.is_reference
    return fits and not one.kind.is_title and one.kind.python not in ("datetime", "UUID") and one is not feature.title


def _title(feature: Feature) -> str:
    made = f'"{feature.names.word.capitalize()} of " ~ {feature.names.one}.created_at.strftime("%Y-%m-%d %H:%M")'
    if feature.title is None:
        return made
    said = f"{feature.names.one}.{feature.title.attribute}"
    return f"{said} or {made}" if feature.title.optional else said


def _exact(fields: Sequence[Field]) -> str:
    said = ["each number with all its places"] if any(one.kind.unit for one in fields) else []
    said += ["each moment in UTC"] if any(one.kind.python == "datetime" for one in fields) else []
    return " and ".join(said)


def _macros(fields: Sequence[Field], feature: Feature) -> list[str]:
    found = set()
    for one in fields:
        if one.kind.widget == "box":
            found.add("choice" if one.optional else "box")
        elif one.kind.widget == "reference":
            found.add("field" if feature.target_of(one).is_users else "choice")
        elif one.kind.widget != "area":
            found.add("choice" if one.kind.widget == "choice" else "field")
    return sorted(found)


_SOURCES: Mapping[str, Any] = {
    "source": source,
    "typed": typed,
    "default": default,
    "mapped": mapped,
    "column": column,
    "constraints": constraints,
    "in_json": in_json,
    "in_python": in_python,
    "in_a_form": in_a_form,
    "shown": shown,
    "hints": hints,
    "choice_words": choice_words,
    "wrapped": wrapped,
}
