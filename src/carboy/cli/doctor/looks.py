"""What a look is: sentences of what was seen, and findings of what is not as it should be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carboy.ops.checks.asking import reason
from carboy.settings.ruling import Finding, Severity

if TYPE_CHECKING:
    from carboy.cli.doctor.patient import Patient

Looker = Callable[["Patient"], Iterator[str | Finding]]


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking at one thing."""

    subject: str
    seen: tuple[str, ...]
    found: tuple[Finding, ...]


def finding(finding_id: str, wrong: str, remedy: str) -> Finding:
    """Return what is to be done about something on this machine."""
    return Finding(finding_id, Severity.WARNING, wrong, remedy)


def looked(subject: str, look: Looker, patient: "Patient") -> Look:
    """Look. What cannot be looked at is a finding as well, and whatever was seen until then is kept."""
    seen, found = [], []
    try:
        for one in look(patient):
            if isinstance(one, Finding):
                found.append(one)
            else:
                seen.append(one)
    except Exception as error:  # noqa: BLE001  (a doctor who faints helps nobody)
        wrong = f"It could not be looked at: {reason(error)}"
        remedy = "Mend what this names. If it names nothing of yours, it is a fault of Carboy: please report it."
        found.append(finding(f"doctor.{subject.replace(' ', '-')}", wrong, remedy))
    return Look(subject, tuple(seen), tuple(found))
