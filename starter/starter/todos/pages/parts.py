"""A part of a page, for a script that puts it in the place of what is there."""

from flask import request


def is_wanted() -> bool:
    """Whether a script asks, and for a part: htmx says so."""
    return request.headers.get("HX-Request-Type") == "partial"
