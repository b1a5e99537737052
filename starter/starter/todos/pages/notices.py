"""A notice with a way back: what was done, and the form that undoes it. `_notices.html` draws it."""

from typing import Any

from flask import flash


def flash_undo(text: str, action: str, *, in_place: bool = False, **fields: str) -> None:
    """Say what was done, beside a button that undoes it: in place, where that leads to the page that one is on."""
    told: Any = {"text": text, "action": action, "in_place": in_place, "fields": fields}  # as JSON, in the session
    flash(told, "undo")
