"""The view is called once for a key; everybody who repeats the request is given the first answer."""

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException

from carboy.data.flask import db
from carboy.errors import Invalid, Violation
from carboy.web import identity
from carboy.web.idempotency.fingerprint import fingerprint
from carboy.web.idempotency.ledger import Answer, Entry

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEY_SCHEMA = {"type": "string", "pattern": "^[!-~]{1,255}$"}

# What describes the body and what it tells of. Other headers belong to one response alone: a cookie, a request id.
_KEPT_HEADERS = (
    "Content-Type",
    "Content-Encoding",
    "Content-Language",
    "Content-Disposition",
    "Cache-Control",
    "Location",
    "ETag",
    "Last-Modified",
    "Link",
)


def answered_once(handle: Callable[[], Response], *, headers: Iterable[str] = ()) -> Response:
    """Answer a POST through `handle`, or, if this caller has sent its key before, with the answer of that time.

    Key, answer and work are one transaction: a request that was refused, or whose commit fails, leaves no key.
    `headers` are those that the view looks at: another value in one makes it another request.
    """
    if request.method != "POST" or (key := request.headers.get(HEADER)) is None:
        return handle()
    _check(key)  # a stranger's as well, though it is not kept: what is promised of it holds for everybody
    if not (principal := _principal()):
        return handle()
    same = fingerprint(request, headers)  # before the session is touched: nothing is locked while a body arrives
    entry = Entry(db().session, principal=principal, key=key, fingerprint=same)
    return _answer_first(entry, handle) if entry.take() else _replay(entry.recall())


def _principal() -> str:
    """Name the caller whose keys these are. Empty: nobody's, or the answer holds what must not be stored."""
    view = current_app.view_functions.get(request.endpoint or "")
    return identity.current().principal if keeps_answers(view) else ""


def keeps_answers(view: object) -> bool:
    """Whether a view's answers may be kept: they hold no tokens, and the work is one transaction with the key."""
    return not (getattr(view, "carboy_credentials", False) or getattr(view, "carboy_own_transactions", False))


def _check(key: str) -> None:
    if not re.fullmatch(KEY_SCHEMA["pattern"], key):
        raise Invalid(
            f"{HEADER} must be 1 to 255 visible ASCII characters, such as a UUID.",
            violations=[Violation("header", HEADER, "pattern", "1 to 255 visible ASCII characters, such as a UUID.")],
        )


def _answer_first(entry: Entry, handle: Callable[[], Response]) -> Response:
    response = _call(handle)
    if response.status_code < HTTPStatus.BAD_REQUEST:
        _refuse_stream(response)
        kept = [(name, value) for name in _KEPT_HEADERS for value in response.headers.getlist(name)]
        entry.keep(Answer(response.status_code, kept, response.get_data()))
    return response


def _call(handle: Callable[[], Response]) -> Response:
    try:
        return handle()
    except HTTPException as error:
        response = current_app.make_response(error.get_response())
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise
        return response  # abort(redirect(…)) is a success, and its work is kept


def _refuse_stream(response: Response) -> None:
    """Refuse what cannot be kept, and undo the work: the caller relies on a promise that we could not hold."""
    if response.is_streamed or response.direct_passthrough:
        response.close()
        raise Invalid(
            "This request is answered with a stream, which cannot be kept for a replay. Send it without a key.",
            violations=[Violation("header", HEADER, "not", "Not taken here: the answer is a stream.")],
        )


def _replay(answer: Answer) -> Response:
    response = current_app.response_class(answer.body, answer.status)
    response.headers.clear()  # of the defaults: the first answer may have had no Content-Type
    response.headers.extend(answer.headers)
    response.headers[REPLAYED] = "true"
    return response
