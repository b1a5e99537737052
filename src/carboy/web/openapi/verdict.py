"""The verdict on two documents."""

from dataclasses import dataclass
from typing import Any

from carboy.web.openapi.changes import Change, compare


@dataclass(frozen=True)
class Verdict:
    """How a document differs from the one that clients know."""

    changes: list[Change]
    same: bool

    def problem(self, *, exact: bool) -> str:
        """Say why this must not pass, or nothing."""
        breaking = sum(change.breaking for change in self.changes)
        if breaking:
            return f"Clients break: {breaking} change{'s' * (breaking > 1)}. Take them back, or make a new version."
        if not self.same and (exact or not self.changes):
            return "The committed document has drifted. `flask openapi write`, and look at what it changes."
        return ""


def compared(old: dict[str, Any], new: dict[str, Any]) -> Verdict:
    """Compare two documents."""
    return Verdict(compare(old, new), old == new)
