"""The fields of a feature, as they are said on the command line: NAME:TYPE, with what belongs to the type.

    amount:decimal(12,2)   note:text?   status:choice(draft,sent,paid)   customer:ref[customers]   number:string:unique

`?` after the type, or at the end, is for what may be left out. The options are `unique`, `index`, and for whole numbers
`min=` and `max=`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from carboy.cli.add import naming
from carboy.cli.add.kinds import KINDS, LARGEST, SMALLEST, Kind, bounded
from carboy.cli.add.refusals import Refusal

_SAID = re.compile(
    r"(?P<name>[^:]+):(?P<kind>[a-z]+)(\((?P<arguments>[^()]*)\)|\[(?P<feature>[^\[\]]*)\])?(?P<optional>\?)?"
    r"(?P<options>(:[^:?]+)*)(?P<late>\?)?"
)
WIDEST_INDEXED = 600  # with four bytes each and the owner beside it: PostgreSQL takes 2704 bytes, MariaDB 3072
MOST = 40  # more columns than this are not one thing


@dataclass(frozen=True, slots=True)
class Field:
    """One field, and what its type says of it."""

    name: str
    kind: Kind
    said: str  # as it stood on the command line
    optional: bool = False
    unique: bool = False
    index: bool = False

    @property
    def attribute(self) -> str:
        """What the column, the attribute and the name in JSON are called."""
        return f"{self.name}_id" if self.is_reference else self.name

    @property
    def is_reference(self) -> bool:
        """Whether it names a row of another feature."""
        return bool(self.kind.feature)

    @property
    def label(self) -> str:
        """What people read beside it."""
        return naming.spoken(self.name).capitalize()

    @property
    def alias(self) -> str:
        """The name of its type, where the type has rules that deserve one."""
        return naming.camel(self.attribute)

    @property
    def may_be_left_out(self) -> bool:
        """Whether a new row needs no word of it."""
        return self.optional or bool(self.kind.default)


@dataclass(slots=True)
class _Options:
    unique: bool = False
    index: bool = False
    limits: dict[str, int] = field(default_factory=dict)


def read_all(said: Sequence[str]) -> tuple[Field, ...]:
    """Read every field; refuse them if one of them is wrong or is there twice."""
    if not said:
        raise Refusal("Say at least one field: carboy add feature invoices amount:decimal due:date")
    if len(said) > MOST:
        raise Refusal(f"{len(said)} fields are too many for one thing: {MOST} at the most. Make two features of it.")
    fields = tuple(read(one) for one in said)
    for number, one in enumerate(fields):
        if one.attribute in {other.attribute for other in fields[:number]}:
            raise Refusal(f"{one.attribute} is there twice. Give every field a name of its own.")
    return fields


def read(said: str) -> Field:
    """Read one field."""
    match = _SAID.fullmatch(said)
    if match is None:
        raise Refusal(
            f"{said!r} is no field. Say NAME:TYPE, such as due:date, note:text? or 'status:choice(draft,sent)'."
        )
    naming.refuse_bad(match["name"], "field")
    options = _options(match["options"], said)
    kind = _kind(match, said, options.limits)
    if options.unique and not kind.numbered:
        raise Refusal(f"{said}: a {match['kind']} cannot be unique. Leave unique out.")
    if options.index and kind.widget == "area":
        raise Refusal(f"{said}: a text is too long for an index. Take string({WIDEST_INDEXED}) or less.")
    if (options.index or options.unique) and kind.schema.get("maxLength", 0) > WIDEST_INDEXED:
        raise Refusal(
            f"{said}: unique and index take {WIDEST_INDEXED} characters at the most. Take string({WIDEST_INDEXED})."
        )
    if options.index and kind.feature:
        raise Refusal(f"{said}: a reference has its index without being told. Leave index out.")
    optional = bool(match["optional"] or match["late"])
    return Field(match["name"], kind, said, optional, unique=options.unique, index=options.index)


def _kind(match: re.Match[str], said: str, limits: dict[str, int]) -> Kind:
    name = match["kind"]
    if name not in KINDS:
        raise Refusal(f"{said}: there is no type {name}. Take one of {', '.join(KINDS)}.")
    if (match["feature"] is not None) != (name == "ref"):
        raise Refusal(
            f"{said}: a ref names its feature in brackets: say ref[customers], and choice(draft,sent) with parentheses."
        )
    arguments = match["feature"] if name == "ref" else match["arguments"]
    kind = KINDS[name]([one.strip() for one in arguments.split(",")] if arguments else [], said)
    return _limited(limits, said, name) if limits else kind


def _limited(limits: dict[str, int], said: str, name: str) -> Kind:
    least, most = limits.get("min", SMALLEST), limits.get("max", LARGEST)
    if name != "integer":
        raise Refusal(f"{said}: min and max are for integer alone. Leave them out.")
    if least >= most:
        raise Refusal(f"{said}: min must be less than max.")
    return bounded(least, most)


def _options(said: str, whole: str) -> _Options:
    options = _Options()
    for one in said.split(":")[1:]:
        name, has_value, value = one.partition("=")
        if name in ("unique", "index") and not has_value:
            setattr(options, name, True)
        elif name in ("min", "max") and re.fullmatch(r"-?\d{1,18}", value):
            options.limits[name] = int(value)
        else:
            raise Refusal(f"{whole}: there is no option {one}. Take unique, index, min=NUMBER or max=NUMBER.")
    return options
