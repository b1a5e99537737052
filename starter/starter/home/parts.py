"""What features put on pages that are not theirs.

templates/<feature>/_way.html        in the navigation of every page
templates/<feature>/_profile.html    on the page of somebody's profile
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def show_parts(app: "Flask") -> None:
    """Let templates include what features have for them: `parts("_way.html")`, in the order of the features."""

    @cache
    def parts(name: str) -> list[str]:
        there = set(app.jinja_env.list_templates())
        wanted = (f"{feature.rpartition('.')[2]}/{name}" for feature in app.extensions["carboy.features"])
        return [part for part in wanted if part in there]

    app.jinja_env.globals["parts"] = parts
