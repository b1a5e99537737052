"""One call of an endpoint: what the request brings is judged, the view runs once, and its answer is made."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import Request, Response, current_app, request
from werkzeug.exceptions import HTTPException

from carboy.errors import CarboyError, Invalid, Violation
from carboy.web import families
from carboy.web.contracts import wording
from carboy.web.contracts.judge import MOST_FAULTS, pointer
from carboy.web.endpoints import taking
from carboy.web.endpoints.giving import BrokenPromise
from carboy.web.endpoints.signature import Plan
from carboy.web.endpoints.statuses import statuses, undeclared
from carboy.web.idempotency import answered_once


def call(view: Callable[..., Any], plan: Plan, route: dict[str, Any]) -> Response:
    """Answer the request that is at hand with this view, by its plan."""
    with _kept_promises(plan):
        arguments = _arguments(plan, request, route)
        return answered_once(lambda: _answer(plan, view, arguments), headers=_headers_of(plan))


def _headers_of(plan: Plan) -> list[str]:
    return [name for place in plan.places if place.where == "header" for name in place.schema["properties"]]


@contextmanager
def _kept_promises(plan: Plan) -> Iterator[None]:
    """In tests, let no error out that the API's document does not know."""
    try:
        yield
    except (CarboyError, HTTPException) as error:
        status = error.status if isinstance(error, CarboyError) else error.code or 0
        if current_app.testing and families.is_api(request):
            _check_status(status, plan, error)
        raise


def _check_status(status: int, plan: Plan, error: Exception) -> None:
    view = current_app.view_functions[request.endpoint or ""]
    declared = statuses(view, plan, request.method, has_variables=bool(request.view_args))
    if status not in declared:
        raise BrokenPromise(f"{plan.called} {undeclared(status, declared)}") from error


def _answer(plan: Plan, view: Callable[..., Any], arguments: dict[str, Any]) -> Response:
    try:
        result = view(**arguments)
    except Invalid as error:
        _locate(error, plan)
        raise
    return current_app.make_response(result) if plan.answer is None else plan.answer.made_of(result)


def _arguments(plan: Plan, said: Request, route: dict[str, Any]) -> dict[str, Any]:
    """Return the view's arguments, or raise everything that is wrong with the request at once."""
    arguments = dict(route)
    violations: list[Violation] = []

    def keep(taken: tuple[dict[str, Any], list[Violation]]) -> None:
        arguments.update(taken[0])
        violations.extend(taken[1])

    closed = families.is_api(said)
    if plan.route:
        taking.refuse_broken_path(said)
        keep(_of_route(plan.route, route))
    for place in plan.places:
        keep(place.take(_texts(place, said), closed=closed))
    if closed:
        violations += _unasked(plan, said)
    if plan.uploads:
        keep(plan.uploads.take(said))
    if plan.body:
        keep(plan.body.take(said.get_data()))
    if violations:
        raise _invalid(violations, all_told=not plan.body or len(said.get_data()) <= taking.LARGE)
    return arguments | {name: find() for name, find in plan.givens.items()}


def _of_route(named: taking.Named, route: dict[str, Any]) -> tuple[dict[str, Any], list[Violation]]:
    """Judge the parts of the path. What a converter of somebody's own has made of one is right already."""
    texts = {name: [str(value)] for name, value in route.items() if isinstance(value, str | int | float | UUID)}
    taken, violations = named.take(texts, closed=False)
    return {name: value for name, value in taken.items() if name in texts}, violations


def _texts(place: taking.Named, said: Request) -> taking.Texts:
    if place.where == "query":
        return taking.query_of(said)
    if place.where == "header":
        return taking.headers_of(said, place.schema["properties"])
    return taking.form_of(said)


def _unasked(plan: Plan, said: Request) -> list[Violation]:
    """Tell of everything that comes from where the view takes nothing."""
    asked = {place.where for place in plan.places}
    said_at = {"query": taking.query_of} | ({"form": taking.form_of} if plan.uploads else {})
    return [
        Violation(where, name, "additionalProperties", wording.UNKNOWN_PARAMETER)
        for where, texts_of in said_at.items()
        if where not in asked
        for name in texts_of(said)
    ]


def _invalid(violations: Sequence[Violation], *, all_told: bool) -> Invalid:
    count = len(violations)
    told = f"{count} {'field needs' if count == 1 else 'fields need'} attention."
    if count >= MOST_FAULTS or not all_told:
        told = f"At least {told}"
    return Invalid(told, violations=violations[:MOST_FAULTS])


def _locate(error: Invalid, plan: Plan) -> None:
    """Say where a rule of the domain, which knows fields and no HTTP, was broken."""
    named = {name: place.where for place in plan.places for name in place.schema["properties"]}
    in_body = plan.body.schema.get("properties", {}) if plan.body else {}
    error.violations += tuple(
        Violation(named[field], field, "rule", message)
        if field in named and field not in in_body
        else Violation("body", pointer([field]), "rule", message)
        for field, messages in error.problems.items()
        for message in messages
    )
    error.problems = {}
