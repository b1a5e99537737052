"""Which statuses an endpoint can answer: what the API's document says, and what tests hold every answer to."""

from collections.abc import Collection
from typing import Any

from carboy.errors import NotFound, PreconditionFailed, PreconditionRequired, Refused
from carboy.web.endpoints.signature import Plan
from carboy.web.identity import is_public
from carboy.web.preconditions import IfMatch

# Malformed, unknown credentials, a body of the wrong kind, invalid, too often, a bug, and a database that is away.
_ALWAYS = {400, 401, 415, 422, 429, 500, 503}
_OF_CHANGES = {403, 409, 413}
_OF_FILES = {200, 206, 416}
CHANGES = ("POST", "PUT", "PATCH", "DELETE")


def statuses(view: Any, plan: Plan, method: str, *, has_variables: bool) -> set[int]:
    """Return every status that this method of a view can answer, but for a 304."""
    said = _ALWAYS | {error.status for error in view.carboy_endpoint.raises}
    if plan.answer is not None:
        said.add(plan.answer.status)
    if plan.sends_bytes:
        said |= _OF_FILES
    if method in CHANGES:
        said |= _OF_CHANGES
    if has_variables:
        said.add(NotFound.status)
    if IfMatch in plan.asks_for:
        said |= {PreconditionFailed.status, PreconditionRequired.status}
    if not is_public(view):
        said.add(Refused.status)
    return said


def undeclared(status: int, declared: Collection[int]) -> str:
    """Say that an endpoint answers what its document does not tell."""
    known = ", ".join(str(int(one)) for one in sorted(declared))
    return f"answered {status}, and its document says {known}. Name the error: @endpoint(raises=[…])."
