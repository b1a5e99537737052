"""Every error becomes an answer that says what happened, and nothing of how we are built.

On an API that is `application/problem+json` (RFC 9457). Elsewhere it is a page, and the application draws it: the
first that it has of `errors/csrf-failed.html`, `errors/403.html` and `errors/error.html`, else ours.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import current_app, make_response, render_template, request
from jinja2 import TemplatesNotFound
from markupsafe import Markup, escape
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, SecurityError

from carboy import context
from carboy.errors import NO_ROOM, Busy, CarboyError, Invalid, Violation
from carboy.web import families, forms, problems
from carboy.web.contracts.judge import pointer
from carboy.web.explanations import UNTRUSTED_HOST

if TYPE_CHECKING:
    from flask import Flask, Response

log = logging.getLogger("carboy.web")

LONGEST_NAME = 300

_PLAIN = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{status} {title}</title>
<h1>{title}</h1><p>{detail}</p>{violations}<p><small>Request {request_id}</small></p></html>"""


def init_app(app: "Flask") -> None:
    """Answer errors, and explain them at /problems/<code>. What the application handles already is left to it."""
    problems.init_app(app)
    handled = app.error_handler_spec[None][None]
    if CarboyError not in handled:
        app.register_error_handler(CarboyError, answer)
    if handled.keys().isdisjoint(HTTPException.__mro__):
        app.register_error_handler(HTTPException, answer)
    if handled.keys().isdisjoint(OSError.__mro__):
        app.register_error_handler(OSError, _answer_that_there_is_no_room)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told about an error."""

    status: int
    code: str
    title: str
    detail: str
    headers: Headers
    violations: Sequence[Violation] = field(default=())


def answer(error: CarboyError | HTTPException) -> "Response":
    """Answer an error as its family wants it; an application's own handler may leave to this what it does not draw."""
    if isinstance(error, HTTPException):
        if error.response is not None or not _is_an_error(error):
            return current_app.make_response(error.get_response())
        told = _of_http(error)
    else:
        if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            raise error  # a bug: Flask logs it with its traceback, and shows it to a developer
        if error.status > HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("answered %s: %s", error.status, error.detail)
        told = _of_the_house(error)
    response = _problem(told) if families.wants_json(request) else _page_with_form(told) or _page(told)
    for name in told.headers.keys():  # noqa: SIM118  (a name for each, not a pair)
        response.headers.setlist(name, told.headers.getlist(name))
    return response


def _answer_that_there_is_no_room(error: OSError) -> "Response":
    """Answer for a disk that is full, wherever in a request it is met: a body that is spooled, a file of a feature."""
    if error.errno in NO_ROOM:
        return answer(Busy(f"There is no room just now: {error.strerror}. Make some.", retry_after=60))
    # All else is for whoever handles every exception, if anybody does: without this handler Flask would ask them.
    if (theirs := current_app.error_handler_spec[None][None].get(Exception)) is None:
        raise error
    return current_app.make_response(current_app.ensure_sync(theirs)(error))


def _is_an_error(error: HTTPException) -> bool:
    return error.code is None or error.code >= HTTPStatus.BAD_REQUEST


def _of_the_house(error: CarboyError) -> _Told:
    violations = _violations_of(error) if isinstance(error, Invalid) else ()
    headers = Headers(dict(error.headers))
    return _Told(error.status, error.code, error.title, error.public_detail, headers, violations)


def _violations_of(error: Invalid) -> list[Violation]:
    by_rules = [
        Violation("body", pointer([name]), "rule", str(message))
        for name, messages in error.problems.items()
        for message in messages
    ]
    return [*error.violations, *by_rules]


def _of_http(error: HTTPException) -> _Told:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    problem = UNTRUSTED_HOST if isinstance(error, SecurityError) else problems.of_status(status)
    # What the error itself has to say: Allow of a 405, Retry-After of a 429.
    headers = Headers(error.get_headers())
    headers.remove("Content-Type")
    detail = _own_words(error) if status < HTTPStatus.INTERNAL_SERVER_ERROR else ""
    return _Told(int(status), problem.code, problem.title, detail, headers)


def _own_words(error: HTTPException) -> str:
    """Return what somebody wrote for this very case; Werkzeug's stock sentences say no more than the title."""
    stock = {vars(kind).get("description") for kind in type(error).__mro__ if kind.__module__.startswith("werkzeug.")}
    return "" if error.description is None or error.description in stock else str(error.description)


def _problem(told: _Told) -> "Response":
    body = {
        "type": problems.type_of(told.code),
        "title": told.title,
        "status": told.status,
        "code": told.code,
        "detail": told.detail,
        "request_id": context.request_id() or "",
        "errors": [_as_member(violation) for violation in told.violations],
    }
    for member in ("detail", "errors"):
        if not body[member]:
            del body[member]
    # Half a surrogate pair cannot be written in UTF-8, and \ud800 is how JSON writes it.
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")
    response = current_app.response_class(content, told.status, mimetype="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _as_member(violation: Violation) -> dict[str, str]:
    place = "pointer" if violation.where == "body" else "parameter"
    return {"in": violation.where, place: _short(violation.name), "code": violation.code, "detail": violation.detail}


def _short(name: str) -> str:
    # The client chose it, and may have chosen two million characters.
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"


def _page_with_form(told: _Told) -> "Response | None":
    response = forms.page_again(told.detail, told.violations)
    if response is not None:
        response.status_code = told.status
        response.headers["Cache-Control"] = "no-store"
    return response


def _page(told: _Told) -> "Response":
    """Render the page of an error. A page that cannot be rendered becomes a plain one, never a second error."""
    known: dict[str, Any] = {
        "status": told.status,
        "title": told.title,
        "detail": told.detail,
        "violations": [_as_sentence(violation) for violation in told.violations],
        "request_id": context.request_id() or "",
    }
    try:
        body = render_template([f"errors/{name}.html" for name in (told.code, told.status, "error")], **known)
    except TemplatesNotFound:
        body = _plain(known)
    except Exception:
        log.exception("the error page could not be rendered")
        body = _plain(known)
    return make_response(body, told.status, {"Cache-Control": "no-store"})


def _as_sentence(violation: Violation) -> str:
    steps = _short(violation.name).removeprefix("#").strip("/").split("/")
    where = " ".join(step.replace("~1", "/").replace("~0", "~") for step in steps)
    return f"{where}: {violation.detail}" if where else violation.detail


def _plain(known: dict[str, Any]) -> str:
    shown = {name: escape(value) for name, value in known.items()}
    items = Markup("").join(Markup("<li>{}</li>").format(sentence) for sentence in known["violations"])
    return _PLAIN.format(**shown | {"violations": Markup("<ul>{}</ul>").format(items) if items else ""})
