"""What the commands decide: the document as text, and the verdict on two of them."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carboy import settings as settings_room
from carboy.web.openapi.changes import Change, compare
from carboy.web.openapi.document import document

if TYPE_CHECKING:
    from flask import Flask


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


def printed(app: "Flask", api: str, *, server: str = "/") -> str:
    """Return the document of one version of the API as text: the same text for the same code."""
    said = document(app, f"api_{api}", title=settings_room.of(app).app_name, server=server)
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"
