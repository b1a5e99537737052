"""`@endpoint`: a view whose signature is its contract.

    @api.post("/todos")
    @endpoint
    def create_todo(body: CreateTodo, me: CurrentUser) -> Created[TodoOut]:

Arguments are judged before the view runs, all of them at once; what it returns becomes the answer. `signature.py` reads
the view, `taking.py` brings what it is given, `giving.py` makes the answer.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, cast, overload
from uuid import UUID

from flask import Flask, Request, Response, current_app, request
from werkzeug.exceptions import HTTPException

from carboy.errors import CarboyError, Invalid, SetupError, Violation
from carboy.web import families
from carboy.web.contracts import wording
from carboy.web.contracts.files import SchemaFolder
from carboy.web.contracts.judge import MOST_FAULTS, pointer
from carboy.web.endpoints import signature, taking
from carboy.web.endpoints.fitting import fit
from carboy.web.endpoints.giving import BrokenPromise
from carboy.web.endpoints.signature import Plan
from carboy.web.endpoints.statuses import statuses, undeclared
from carboy.web.idempotency import answered_once
from carboy.web.identity import Identity, current
from carboy.web.preconditions import IfMatch

if TYPE_CHECKING:
    from werkzeug.routing import Rule

__all__ = ["BrokenPromise", "Endpoint", "compile_all", "contracts_of", "endpoint", "init_app", "specifications_of"]

Arguments = ParamSpec("Arguments")
View = Callable[Arguments, Any]
Answered = Callable[Arguments, Response]


@dataclass(frozen=True)
class Endpoint:
    """What is declared about a view besides its signature."""

    view: Callable[..., Any]
    raises: Sequence[type[CarboyError]] = ()  # errors of its own, for the API's document
    deprecated: bool = False
    operation_id: str | None = None


@dataclass(frozen=True)
class Contracts:
    """The compiled contracts of one application."""

    folder: SchemaFolder
    plans: dict[Callable[..., Any], Plan] = field(default_factory=dict)
    fitting: set[tuple[str, str]] = field(default_factory=set)  # the routes whose view has been held against them

    def plan_at(self, rule: "Rule", view: Callable[..., Any], app: Flask) -> Plan:
        """Return the plan of this view, which has been held against its route, when it is first asked for there."""
        plan = self.plan(view)
        if (rule.endpoint, rule.rule) not in self.fitting:
            fit(plan, rule, app)
            self.fitting.add((rule.endpoint, rule.rule))
        return plan

    def plan(self, view: Callable[..., Any]) -> Plan:
        """Return the plan of this view, compiled when it is first asked for."""
        if view not in self.plans:
            self.plans[view] = signature.read(view, self.folder, {Identity: current, IfMatch: _if_match})
        return self.plans[view]


def init_app(app: Flask) -> None:
    """Give the application its contracts. Nothing is compiled yet."""
    app.extensions["carboy.contracts"] = Contracts(SchemaFolder(specifications_of(app) / "schemas"))


def specifications_of(app: Flask) -> Path:
    """Return the folder of an application's schema files and of its API's committed document."""
    return Path(app.root_path).parent / "specifications"


def contracts_of(app: Flask) -> Contracts:
    """Return the contracts of this application."""
    try:
        contracts: Contracts = app.extensions["carboy.contracts"]
    except KeyError:
        raise SetupError(
            f"App {app.name!r} has no contracts. Call carboy.web.init_app(app) where the application is made."
        ) from None
    return contracts


def compile_all(app: Flask) -> None:
    """Compile the contract of every endpoint, so that what is wrong with one is known before the first request."""
    contracts = contracts_of(app)
    for rule in app.url_map.iter_rules():
        if declared := getattr(app.view_functions[rule.endpoint], "carboy_endpoint", None):
            contracts.plan_at(rule, declared.view, app)


@overload
def endpoint(view: View[Arguments], /) -> Answered[Arguments]: ...
@overload
def endpoint(
    *, raises: Sequence[type[CarboyError]] = (), deprecated: bool = False, operation_id: str | None = None
) -> Callable[[View[Arguments]], Answered[Arguments]]: ...
def endpoint(view: Any = None, /, **declared: Any) -> Any:
    """Make the view's signature its contract. It stands right below the route."""
    return _endpoint(view) if view else lambda one: _endpoint(one, **declared)


def _endpoint(view: View[Arguments], **declared: Any) -> Answered[Arguments]:
    @wraps(view)
    def answered(**route: Any) -> Response:
        plan = contracts_of(current_app).plan_at(_rule(), view, current_app)
        with _kept_promises(plan):
            arguments = _arguments(plan, request, route)
            return answered_once(lambda: _answer(plan, view, arguments), headers=_headers_of(plan))

    answered.carboy_endpoint = Endpoint(view, **declared)  # type: ignore[attr-defined]
    return cast("Answered[Arguments]", answered)


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


def _rule() -> "Rule":
    return cast("Rule", request.url_rule)  # no view is called without one


def _if_match() -> IfMatch:
    return IfMatch.of(request)
