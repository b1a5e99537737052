"""Everything that is found, for people, for programs, and what might be, for the reference."""

import inspect
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from carboy.ops.checks import database, people, room_to_work, services, work
from carboy.ops.checks.asking import QUESTIONS, Question, asked, settings_of
from carboy.settings.report import variable_of
from carboy.settings.ruling import RULES, Finding, Problem, Rule, Severity, broken_rules, sentence_about

if TYPE_CHECKING:
    from flask import Flask

    from carboy.errors import SettingsError
    from carboy.settings import Settings

ASKED_BY = (database, services, people, work, room_to_work)  # their questions are known once they are imported

UNREADABLE = ("settings.value", "Mend the value: `flask config --reference` says what each may be.")
UNSILENCEABLE = ("settings.checks-silenced", "Name ids of warnings alone, as `flask check` shows them.")


def findings(app: "Flask", *, deployed: bool) -> list[Finding]:
    """Return all that is found. `deployed` asks what matters where strangers can reach it, whatever the mode."""
    settings = settings_of(app)
    deployed = deployed or settings.deployed
    found = [*_of_rules(settings, deployed=deployed), *_of_silence(settings)]
    found += asked(app, QUESTIONS, deployed=deployed, found=found)
    return [one for one in found if one.severity is Severity.FATAL or one.id not in settings.checks_silenced]


def refusals(error: "SettingsError") -> list[Finding]:
    """Return the same of settings with which no application can be made."""
    return [_of_problem(problem) for problem in error.problems]


def _of_problem(problem: str) -> Finding:
    rule = problem.rule if isinstance(problem, Problem) else None
    rule_id, remedy = (rule.id, rule.remedy) if rule else UNREADABLE
    return Finding(rule_id, Severity.FATAL, str(problem), remedy)


def _of_rules(settings: "Settings", *, deployed: bool) -> Iterator[Finding]:
    drawn = ("default", "made for this process")
    given = {name for name, source in settings.sources.items() if source not in drawn}
    for rule, name, end in broken_rules(settings, given, deployed=deployed):
        yield Finding(rule.id, rule.severity, sentence_about(variable_of(type(settings), name), end), rule.remedy)


def _of_silence(settings: "Settings") -> Iterator[Finding]:
    warnings = {one.id for one in _all() if one.severity is Severity.WARNING}
    if wrong := sorted(set(settings.checks_silenced) - warnings):
        silenced_id, remedy = UNSILENCEABLE
        said = f"CHECKS_SILENCED names {', '.join(wrong)}, which no warning is called."
        yield Finding(silenced_id, Severity.WARNING, said, remedy)


def as_text(found: Sequence[Finding]) -> str:
    """Return it for people."""
    if not found:
        return "Nothing was found."
    lines = [line for one in found for line in (f"{one.severity:<8} {one.id}", f"    {one.wrong}", f"    {one.remedy}")]
    return "\n".join([*lines, f"{len(found)} found."])


def as_json(found: Iterable[Finding]) -> str:
    """Return it for programs."""
    return json.dumps({"findings": [asdict(one) for one in found]}, indent=2)


def reference() -> str:
    """Return the page of the reference: every id, what is so where nothing is found, and what to do else."""
    rows = [_row(one) for one in sorted(_all(), key=lambda one: one.id)]
    return _REFERENCE + "\n".join(rows) + "\n"


def _all() -> list[Rule | Question]:
    return [*RULES, *QUESTIONS]


def _row(one: Rule | Question) -> str:
    law = one.law if isinstance(one, Rule) else one.ask
    asked_of = "settings" if isinstance(one, Rule) else "system"
    where = "everywhere" if one.everywhere else "deployed"
    cells = (f"`{one.id}`", one.severity, asked_of, where, inspect.getdoc(law) or "", one.remedy)
    return "| " + " | ".join(cells) + " |"


_REFERENCE = """# Checks

What `flask check` looks at ([how to use it](../how-to/check.md)). This page is made by `flask check --reference`.

A *fatal* one stops a start in staging and production: the process exits with 78. With a *warning* it starts, and
something does not work, or will not for long. Those asked of *settings* need nothing but the settings; those asked of
the *system* need what it stands on. Those for *deployed* are asked in staging and production, and with `--deploy`.

Three more have no row: `settings.value` (fatal: a value cannot be read, or a name is no setting),
`settings.checks-silenced` (a warning: CHECKS_SILENCED names what cannot be silenced), and any id may say that it could
not be asked.

| id | severity | asked of | where | what is so where nothing is found | what to do else |
|---|---|---|---|---|---|
"""
