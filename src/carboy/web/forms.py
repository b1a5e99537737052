"""A form of a page that cannot be taken is shown again, as it was typed, with what is wrong beside its fields.

@pages.get("/notes/new")
def write_note() -> str:
    return render_template("notes/new.html")

@pages.post("/notes/new")
@endpoint(again=write_note)
def create_note(note: Annotated[NewNote, Form()]) -> Response: ...

Templates ask `form`: `form.value("title", note.title)` is what stands in a field, `form.wrong("title")` what is wrong.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy

from carboy.errors import CarboyError, Conflict, Invalid, Throttled, Violation
from carboy.web import doors, families

if TYPE_CHECKING:
    from carboy.web.endpoints import Endpoint

log = logging.getLogger("carboy.web")

_TOLD_ON_THE_PAGE = (Invalid, Conflict, Throttled)
_AGAIN = "carboy.form_to_show_again"
_TYPED = "carboy.form_typed"


class Fault(NamedTuple):
    """What is wrong with a field."""

    name: str
    detail: str


@dataclass(frozen=True)
class Typed:
    """A form as it was sent, and what is wrong with it; empty on a page that nobody has sent yet."""

    detail: str = ""
    faults: Sequence[Fault] = ()
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    refused: bool = False

    def value(self, name: str, stored: object = None) -> str:
        """Return what stands in this field: what was typed, else what is stored.

        A page may have several forms, and only one was sent: the fields of the others are as they were.
        """
        typed = self.texts.get(name, ())
        shown = typed[-1] if typed else stored  # of a box and its hidden no, what was ticked
        return "" if shown is None else str(shown)

    def ticked(self, name: str, stored: bool = False) -> bool:
        """Whether this box is ticked."""
        return self.value(name, "true" if stored else "false") in ("true", "on")

    def chosen(self, name: str, value: str, stored: bool = False) -> bool:
        """Whether this box of several is ticked. A hidden field of their name says that they were sent."""
        return value in self.texts[name] if name in self.texts else stored

    def wrong(self, name: str) -> list[str]:
        """Return what is wrong with this field."""
        return [fault.detail for fault in self.faults if fault.name == name]


def init_app(app: Flask) -> None:
    """Give templates `form`."""
    app.jinja_env.globals["form"] = LocalProxy(_typed)


def _typed() -> Typed:
    found: Typed = request.environ.get(_TYPED, Typed())
    return found


@contextmanager
def shown_again(declared: "Endpoint", route: Mapping[str, Any]) -> Iterator[None]:
    """Have an error that is about what was typed told on the page that it was typed on."""
    told: tuple[type[CarboyError], ...] = (*_TOLD_ON_THE_PAGE, *declared.raises)
    try:
        yield
    except told:
        # Only from here on: whoever was refused at the door sees no page behind it.
        if declared.again and not families.is_api(request):
            request.environ[_AGAIN] = (declared.again, route)
        raise


def page_again(detail: str, violations: Sequence[Violation]) -> Response | None:
    """Return the page with the refused form, if this request has one. The errors room asks, with all work undone."""
    again: tuple[Callable[..., Any], dict[str, Any]] | None = request.environ.pop(_AGAIN, None)
    if again is None:
        return None
    faults = [Fault(_field_of(violation), violation.detail) for violation in violations]
    view, route = again
    try:
        # Nobody may have read the form before, and it may be too large.
        request.environ[_TYPED] = Typed("" if faults else detail, faults, dict(request.form.lists()), refused=True)
        doors.let_in_to(view)
        return current_app.make_response(view(**route))
    except (CarboyError, HTTPException) as error:
        log.info("a form could not be shown again: %s", error)
        return None


def _field_of(violation: Violation) -> str:
    return violation.name.removeprefix("#/")
