"""What a rule is: a law about settings, with an id that stays, and what to do where it is broken.

A rule yields ends of the sentence "NAME (where it was said) …", and never repeats what was said.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carboy.settings import Settings

Law = Callable[["Settings", Collection[str]], Iterator["str | tuple[str, str]"]]


class Severity(StrEnum):
    """What comes of it where the application is deployed."""

    FATAL = "fatal"  # it does not start
    WARNING = "warning"  # it starts, and something does not work, or will not for long


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    id: str
    severity: Severity
    wrong: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A law, and the settings that it looks at: the first is the one to mend."""

    id: str
    fields: tuple[str, ...]
    law: Law
    remedy: str
    severity: Severity
    everywhere: bool


class Problem(str):
    """A sentence of what is wrong, and the rule that says so: none, if a value cannot even be read."""

    __slots__ = ("rule",)
    rule: Rule | None

    @classmethod
    def of(cls, sentence: str, rule: Rule | None) -> "Problem":
        """Make one."""
        problem = cls(sentence)
        problem.rule = rule
        return problem


RULES: list[Rule] = []


def rule(
    rule_id: str, *fields: str, remedy: str, everywhere: bool = False, severity: Severity = Severity.FATAL
) -> Callable[[Law], Law]:
    """Declare a rule. Its docstring says what is so where it is kept; `everywhere` is in development as well."""

    def note(law: Law) -> Law:
        RULES.append(Rule(rule_id, fields, law, remedy, severity, everywhere))
        return law

    return note


def broken_rules(
    settings: "Settings", given: Collection[str], without_value: Collection[str] = (), *, deployed: bool
) -> Iterator[tuple[Rule, str, str]]:
    """Yield each rule that is broken, the setting that cannot stay as it is, and why.

    `given` are the settings that somebody said; those `without_value` were said wrongly.
    """
    for one in RULES:
        if (one.everywhere or deployed) and not set(one.fields) & set(without_value):
            for said in one.law(settings, given):
                field, sentence = (one.fields[0], said) if isinstance(said, str) else said
                yield one, field, sentence


def sentence_about(label: str, end: str) -> str:
    """Return the whole sentence."""
    return f"{label} {end}".rstrip(".") + ("" if end.endswith("?") else ".")
