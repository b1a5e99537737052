"""A notice with a way back: what was done, and the form that undoes it. `_notices.html` draws it."""

from typing import Any

from flask import flash


def flash_undo(text: str, action: str, **fields: str) -> None:
    """Say what was done, above the next page, beside a button that undoes it."""
    told: Any = {"text": text, "action": action, "fields": fields}  # the session keeps it as JSON
    flash(told, "undo")
