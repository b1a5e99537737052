"""What axe-core finds in a page. It is run from outside the page, so no policy is in its way."""

from functools import cache
from pathlib import Path

GRAVE = ("serious", "critical")


@cache
def _program():
    return (Path(__file__).parent / "vendor/axe-core/axe.min.js").read_text("utf-8")


def axe(page):
    """The violations that are serious or critical; each names the rule, and every element with what is wrong there."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_program())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [_told(violation) for violation in found["violations"] if violation["impact"] in GRAVE]


def _told(violation):
    elements = (f"  {' '.join(map(str, node['target']))}: {node['failureSummary']}" for node in violation["nodes"])
    return "\n".join((f"{violation['id']} ({violation['impact']}): {violation['help']}", *elements))
