"""The types that a field may have: what the column, the contract, a form and the tests say of each.

A type is made of what stood in its parentheses. What is called source is Python, which templates put into a file.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carboy.cli.add.refusals import Refusal
from carboy.data.types import MOST_DIGITS

LONGEST_LINE, LONGEST_TEXT, LONGEST_URL, LONGEST_EMAIL, LONGEST_CHOICE = 200, 20_000, 500, 254, 40
WIDEST_LINE = 2000  # that somebody may ask for; what is longer is a text
MOST_CHOICES = 50
SMALLEST, LARGEST = -(2**63), 2**63 - 1

# One line, with something on it that can be seen.
LINE = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
WEB_ADDRESS = "^https?://[^/]"

_CHOICE = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A type, made."""

    python: str  # its values in Python
    column: str  # in SQLAlchemy, as source
    migration: str  # in a migration, as source
    schema: Mapping[str, Any]  # in JSON
    examples: tuple[Any, Any]  # as JSON has them
    wrong: Sequence[Any]  # as JSON has them
    rules: str = ""  # the annotated type of the contract, as source, where the plain one does not say it all
    is_inferred: bool = False  # whether the ORM knows the column from the type in Python
    made_by: str = "{}"  # how Python's source makes a value of what JSON has
    numbered: str = ""  # source that makes another value each time; without, it cannot be unique
    default: str = ""  # as source: what a row has of which nobody said it
    widget: str = "line"  # line, area, box, choice or reference: what a form has for it
    input: str = "text"  # the type of a line in a form
    hints: Mapping[str, Any] = field(default_factory=dict)  # what else the line says to a browser
    is_title: bool = False  # whether it can stand for the whole row, in a list
    unit: str = ""  # of a decimal: the smallest there is
    choices: Sequence[str] = ()
    feature: str = ""  # of a reference: whose row

    def value(self, json: Any) -> str:
        """Return a value as Python's source makes it of what JSON has."""
        return self.made_by.format(source(json))


Maker = Callable[[Sequence[str], str], Kind]  # of what stood in the parentheses, and of all that was said


def source(value: Any) -> str:
    """Write a plain value as Python's source, with the quotes that a formatter would choose."""
    if not isinstance(value, str):
        return repr(value)
    if len(value) > 1 and len(set(value)) == 1:  # text that is there for its length alone
        return f'"{value[0]}" * {len(value)}'
    return '"' + repr(value)[1:-1].replace('"', '\\"') + '"'


def bounded(minimum: int, maximum: int) -> Kind:
    """Return the whole numbers from one to another."""
    limits = {name: one for name, one in {"ge": minimum, "le": maximum}.items() if one not in (SMALLEST, LARGEST)}
    said = ", ".join(f"{name}={limit}" for name, limit in limits.items())
    first = min(max(1, minimum), maximum - 1)
    return Kind(
        python="int",
        column="BigInteger",
        migration="sa.BigInteger()",
        schema={"type": "integer", "minimum": minimum, "maximum": maximum},
        examples=(first, first + 1),
        wrong=("seven", 1.5, minimum - 1, maximum + 1),
        rules=f"Annotated[int, Field({said})]" if said else "",
        numbered=f"{first - 1} + next(NUMBERS)" if first != 1 else "next(NUMBERS)",
        input="number",
        hints={{"ge": "min", "le": "max"}[name]: limit for name, limit in limits.items()},
    )


def _line(arguments: Sequence[str], said: str) -> Kind:
    right = len(arguments) < 2 and all(one.isdecimal() and 1 <= int(one) <= WIDEST_LINE for one in arguments)
    if not right:
        raise Refusal(f"{said}: say the most characters in parentheses, as string(80): {WIDEST_LINE} at the most.")
    longest = int(arguments[0]) if arguments else LONGEST_LINE
    return Kind(
        python="str",
        column=f"String({longest})",
        migration=f"sa.String(length={longest})",
        schema={"type": "string", "minLength": 1, "maxLength": longest, "pattern": LINE},
        examples=("Ada"[:longest], "Grace"[:longest] if longest > 1 else "G"),
        wrong=("", " ", "x" * (longest + 1), "a\nb", 7),
        rules=f"Annotated[str, Field(min_length=1, max_length={longest}, pattern=ONE_LINE)]",
        numbered='f"{next(NUMBERS)}"',
        hints={"maxlength": longest},
        is_title=True,
    )


def _text(arguments: Sequence[str], said: str) -> Kind:
    _refuse_any(arguments, said)
    return Kind(
        python="str",
        column="LongText",
        migration="LongText()",
        schema={"type": "string", "maxLength": LONGEST_TEXT, "pattern": r"\S"},
        examples=("One line,\nand another.", "Something else."),
        wrong=(" \n ", 7),
        rules=f'Annotated[str, Field(max_length={LONGEST_TEXT:_}, pattern=r"\\S")]',
        widget="area",
    )


def _integer(arguments: Sequence[str], said: str) -> Kind:
    _refuse_any(arguments, said)
    return bounded(SMALLEST, LARGEST)


def _decimal(arguments: Sequence[str], said: str) -> Kind:
    digits = [int(one) for one in arguments if one.isdecimal()] or [12, 2]
    if len(arguments) not in (0, 2) or len(digits) != 2 or not 0 <= digits[1] < digits[0] <= MOST_DIGITS:
        raise Refusal(
            f"{said}: say decimal(12,2), with {MOST_DIGITS} digits at the most, and fewer of them behind the point."
        )
    precision, scale = digits
    behind = rf"(\.[0-9]{{1,{scale}}})?" if scale else ""
    pattern = f"^-?[0-9]{{1,{precision - scale}}}{behind}$"
    examples = tuple(f"{number}.{'5'.ljust(scale, '0')}" if scale else number for number in "78")
    said_in_json = f'{{"type": "string", "pattern": r"{pattern}", "examples": ["{examples[0]}"]}}'
    return Kind(
        python="Decimal",
        column=f"FixedPoint({precision}, {scale})",
        migration=f"FixedPoint({precision}, {scale})",
        schema={"type": "string", "pattern": pattern, "examples": [examples[0]]},
        examples=(examples[0], examples[1]),
        wrong=(7.5, "seven", "1e2", f"0.{'1'.zfill(scale + 1)}", "1" * (precision - scale + 1)),
        rules=f"Annotated[Decimal, WithJsonSchema({said_in_json})]",
        made_by="Decimal({})",
        unit=f"0.{'1'.zfill(scale)}" if scale else "1",
        hints={"inputmode": "decimal"},
    )


def _boolean(arguments: Sequence[str], said: str) -> Kind:
    _refuse_any(arguments, said)
    return Kind(
        python="bool",
        column="Boolean",
        migration="sa.Boolean()",
        schema={"type": "boolean"},
        examples=(True, False),
        wrong=("yes", 1),
        is_inferred=True,
        default="False",
        widget="box",
    )


def _day(arguments: Sequence[str], said: str) -> Kind:
    _refuse_any(arguments, said)
    return Kind(
        python="date",
        column="Date",
        migration="sa.Date()",
        schema={"type": "string", "format": "date"},
        examples=("2026-12-24", "2027-01-06"),
        wrong=("2026-02-30", "24.12.2026", 7),
        is_inferred=True,
        made_by="date.fromisoformat({})",
        input="date",
    )


def _moment(arguments: Sequence[str], said: str) -> Kind:
    _refuse_any(arguments, said)
    return Kind(
        python="datetime",
        column="UtcDateTime",
        migration="UtcDateTime()",
        schema={"type": "string", "format": "date-time"},
        examples=("2026-12-24T10:30:00Z", "2027-01-06T08:00:00Z"),
        wrong=("2026-12-24", "2026-12-24T10:30:00", "2026-02-30T10:30:00Z", 7),
        is_inferred=True,
        made_by="datetime.fromisoformat({})",
        input="datetime-local",
        hints={"step": "1"},
    )


def _uuid(arguments: Sequence[str], said: str) -> Kind:
    _refuse_any(arguments, said)
    return Kind(
        python="UUID",
        column="Uuid",
        migration="sa.Uuid()",
        schema={"type": "string", "format": "uuid"},
        examples=("0192f0c1-2345-7abc-8def-0123456789ab", "0192f0c1-2345-7abc-8def-0123456789ac"),
        wrong=("nobody", 7),
        is_inferred=True,
        made_by="UUID({})",
        numbered="str(uuid7())",
    )


def _email(arguments: Sequence[str], said: str) -> Kind:
    _refuse_any(arguments, said)
    return Kind(
        python="str",
        column=f"String({LONGEST_EMAIL})",
        migration=f"sa.String(length={LONGEST_EMAIL})",
        schema={"type": "string", "format": "email", "maxLength": LONGEST_EMAIL},
        examples=("ada@example.org", "grace@example.org"),
        wrong=("nobody", "ada@example.org\nBcc: eve@example.org", 7),
        rules=f'Annotated[str, Field(max_length={LONGEST_EMAIL}, json_schema_extra={{"format": "email"}})]',
        numbered='f"ada{next(NUMBERS)}@example.org"',
        input="email",
        hints={"maxlength": LONGEST_EMAIL},
        is_title=True,
    )


def _url(arguments: Sequence[str], said: str) -> Kind:
    _refuse_any(arguments, said)
    more = f'pattern="{WEB_ADDRESS}", json_schema_extra={{"format": "uri"}}'
    return Kind(
        python="str",
        column=f"String({LONGEST_URL})",
        migration=f"sa.String(length={LONGEST_URL})",
        schema={"type": "string", "format": "uri", "pattern": WEB_ADDRESS, "maxLength": LONGEST_URL},
        examples=("https://example.org/", "https://example.org/more"),
        wrong=("javascript:alert(1)", "https://not an address", 7),
        rules=f"Annotated[str, Field(max_length={LONGEST_URL}, {more})]",
        numbered='f"https://example.org/{next(NUMBERS)}"',
        input="url",
        hints={"maxlength": LONGEST_URL},
        is_title=True,
    )


def _choice(arguments: Sequence[str], said: str) -> Kind:
    right = all(_CHOICE.fullmatch(one) and len(one) <= LONGEST_CHOICE for one in arguments)
    if not right or not 2 <= len(set(arguments)) == len(arguments) <= MOST_CHOICES:
        raise Refusal(
            f"{said}: say choice(draft,sent,paid), with 2 to {MOST_CHOICES} different words in small letters."
        )
    return Kind(
        python="str",
        column=f"String({LONGEST_CHOICE})",
        migration=f"sa.String(length={LONGEST_CHOICE})",
        schema={"enum": list(arguments)},
        examples=(arguments[0], arguments[1]),
        wrong=("none of them", 7),
        rules=f"Literal[{', '.join(map(source, arguments))}]",
        widget="choice",
        choices=tuple(arguments),
    )


def _reference(arguments: Sequence[str], said: str) -> Kind:
    if len(arguments) != 1:
        raise Refusal(f"{said}: name one feature in brackets, as ref[customers].")
    return Kind(
        python="UUID",
        column="Uuid",
        migration="sa.Uuid()",
        schema={"type": "string", "format": "uuid"},
        examples=("", ""),
        wrong=("nobody", 7),
        is_inferred=True,
        widget="reference",
        feature=arguments[0],
    )


def _refuse_any(arguments: Sequence[str], said: str) -> None:
    if arguments:
        raise Refusal(f"{said}: this type has nothing in parentheses. Leave them out.")


KINDS: Mapping[str, Maker] = {
    "string": _line,
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _day,
    "datetime": _moment,
    "uuid": _uuid,
    "email": _email,
    "url": _url,
    "choice": _choice,
    "ref": _reference,
}
