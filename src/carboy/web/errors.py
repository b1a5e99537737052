"""Every error becomes an answer that says what happened, and nothing of how we are built.

The application draws the pages: `errors/404.html` if there is one, else `errors/error.html`, else ours.
"""

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import make_response, render_template
from jinja2 import TemplatesNotFound
from markupsafe import escape
from werkzeug.exceptions import HTTPException

from carboy import context
from carboy.errors import Busy, CarboyError

if TYPE_CHECKING:
    from flask import Flask, Response

log = logging.getLogger("carboy.web")

_PLAIN = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{status} {title}</title>
<h1>{title}</h1><p>{detail}</p><p><small>Request {request_id}</small></p></html>"""


def init_app(app: "Flask") -> None:
    """Answer errors with pages."""
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(CarboyError, _answer_our_own)


def _answer_our_own(error: CarboyError) -> "Response":
    if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        raise error  # a bug: Flask logs it with its traceback, and shows it to a developer
    if isinstance(error, Busy):
        log.warning("answered %s: %s", error.status, error.detail)
    response = page(error.status, error.title, error.public_detail)
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _answer_http_error(error: HTTPException) -> "Response":
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    # Werkzeug's stock sentence says no more than the title; what somebody wrote for this very case does.
    ours = error.description if error.description != type(error).description else ""
    detail = ours or "" if status < HTTPStatus.INTERNAL_SERVER_ERROR else ""
    response = page(status, error.name, detail)
    # What the error itself has to say: Allow of a 405, Retry-After of a 429.
    for name, value in error.get_response().headers:
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def page(status: int, title: str, detail: str) -> "Response":
    """Render the page of an error. A page that cannot be rendered becomes a plain one, never a second error."""
    known = {"status": int(status), "title": title, "detail": detail, "request_id": context.request_id() or ""}
    try:
        body = render_template([f"errors/{int(status)}.html", "errors/error.html"], **known)
    except TemplatesNotFound:
        body = _plain(known)
    except Exception:
        log.exception("the error page could not be rendered")
        body = _plain(known)
    return make_response(body, int(status), {"Cache-Control": "no-store"})


def _plain(known: dict[str, object]) -> str:
    return _PLAIN.format(**{name: escape(value) for name, value in known.items()})
