"""What strangers make up: whatever is asked, and however, it is an answer and never an error of ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from carboy.testing.security.asking import Asker
from carboy.testing.security.known import Known
from carboy.testing.security.routes import Door, declared_names
from carboy.testing.security.walking import Walk, no_route_at_fault

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

_TEXTS = (
    "\0", "'\"`;--{{7*7}}%s%n<script>", "../../../etc/passwd", "9" * 400, "-1", "", "x" * 5000,
    "\N{RIGHT-TO-LEFT OVERRIDE}\N{COMBINING ACUTE ACCENT}",
)  # fmt: skip
_USUAL_NAMES = ("id", "q", "page", "next")
_SHAPES = ("", "null", "[]", "{}", "7", '"text"', "[[]]", '{"": null}', '{"a": NaN}', "[" * 9000, "\xff")


class HostileLaws(Known):
    """Laws about what nobody foresaw."""

    def test_nothing_in_an_address_is_an_error(self, walk: Walk) -> None:
        """Neither in its variable parts nor in its query."""
        no_route_at_fault(
            (
                f"GET {door} answers {answer.status} to {_shown(said)}"
                for door, asker in _who_reads(walk)
                for said, answer in _odd_addresses(door, asker)
                if answer.status_code >= 500
            ),
            advice="Have @endpoint judge what comes, with bounds for numbers and texts. This broke:",
        )

    def test_no_body_is_an_error(self, walk: Walk) -> None:
        """Whatever shape its JSON has."""
        no_route_at_fault(
            (
                f"{method} {door} answers {answer.status} to {shape}"
                for door in walk.doors_within_reach()
                if door.is_api and (door.plan is None or door.plan.body)
                for method in door.unsafe_methods
                for asker in [_who(walk, door)]
                for shape in _SHAPES
                for answer in [asker.ask(method, door.path(), data=shape, content_type="application/json")]
                if answer.status_code >= 500
            ),
            advice="Have @endpoint judge the body. This broke:",
        )

    def test_no_form_is_an_error(self, walk: Walk) -> None:
        """Whatever stands in its fields."""
        no_route_at_fault(
            (
                f"{method} {door} answers {answer.status} to {_shown(text)}"
                for door in walk.doors_within_reach()
                if not door.is_api
                for method in door.unsafe_methods
                for asker in [_who(walk, door)]
                for text in _TEXTS
                for form in [dict.fromkeys(_names(door, "form"), text) | asker.form_token()]
                for answer in [asker.ask(method, door.path(), data=form)]
                if answer.status_code >= 500
            ),
            advice="Have @endpoint judge the form. This broke:",
        )

    def test_looking_changes_nothing(self, walk: Walk) -> None:
        """GET and HEAD write nothing to the database, but where a view says @writes."""
        no_route_at_fault(
            (
                f"{method} {door} writes: {statement}"
                for door, asker in _who_reads(walk)
                if not door.writes
                for method in ("GET", "HEAD")
                for statement in _written_by(asker, method, door.path())
            ),
            advice="Browsers and crawlers follow links unasked. Change things by POST, or say @writes if that is well:",
        )


def _who(walk: Walk, door: Door) -> Asker:
    # What is sent may delete the account of its sender.
    return walk.stranger() if door.is_open else walk.somebody(door, user=walk.newcomer(door))


def _who_reads(walk: Walk) -> Iterator[tuple[Door, Asker]]:
    """Give each route that is read, and who gets in there."""
    for door in walk.doors_within_reach():
        if "GET" in door.methods:
            yield door, walk.stranger() if door.is_open else walk.reader(door)


def _odd_addresses(door: Door, asker: Asker) -> Iterator[tuple[str, "TestResponse"]]:
    for text in _TEXTS:
        for query in _queries(door, text):
            yield f"{query}", asker.ask("GET", door.path(), query_string=query)
        if door.rule.arguments:
            yield text, asker.ask("GET", _odd_path(door, text))
    yield "?%FF", asker.ask("GET", f"{door.path()}?%FF=%FF&=&&%00[]=1")


def _odd_path(door: Door, text: str) -> str:
    return re.sub("<[^>]+>", lambda _part: quote(text, safe=""), door.rule.rule)


def _queries(door: Door, text: str) -> list[dict[str, str]]:
    """Where all is declared, one text that is refused would hide another: there, they are asked one at a time."""
    names = _names(door, "query")
    return [dict.fromkeys(names, text)] if door.plan is None else [{name: text} for name in names]


def _names(door: Door, where: str) -> list[str]:
    """The names of what a view takes from its query or form; of a view that declares nothing, some that are usual."""
    return list(_USUAL_NAMES) if door.plan is None else declared_names(door, where)


def _written_by(asker: Asker, method: str, path: str) -> list[str]:
    with _statements() as statements:
        asker.ask(method, path)
    return [one for one in statements if one.lstrip().partition(" ")[0].upper() in ("INSERT", "UPDATE", "DELETE")]


@contextmanager
def _statements() -> Iterator[list[str]]:
    """Listen to all that is said to a database meanwhile."""
    from sqlalchemy import Engine, event

    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(" ".join(statement.split()))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def _shown(text: str) -> str:
    return repr(text if len(text) < 60 else f"{text[:60]}…")
