"""`@endpoint`: a view whose signature is its contract.

    @api.post("/todos")
    @endpoint
    def create_todo(body: CreateTodo, me: CurrentUser) -> Created[TodoOut]:

Arguments are judged before the view runs, all of them at once; what it returns becomes the answer. `signature.py` reads
the view, `calling.py` answers a request with it, `taking.py` brings what it is given, `giving.py` makes the answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, cast, overload

from flask import Flask, Response, current_app, request

from carboy.errors import CarboyError, SetupError
from carboy.web import forms
from carboy.web.contracts.files import SchemaFolder
from carboy.web.identity import Identity, current

# What a contract is compiled and answered with is imported when the first one is: a start needs none of it.
if TYPE_CHECKING:
    from werkzeug.routing import Rule

    from carboy.web.endpoints.signature import Plan

__all__ = ["Endpoint", "compile_all", "contracts_of", "endpoint", "init_app", "specifications_of"]

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
    again: Callable[..., Any] | None = None  # the view of the page whose form this takes


@dataclass(frozen=True)
class Contracts:
    """The compiled contracts of one application."""

    folder: SchemaFolder
    plans: dict[Callable[..., Any], "Plan"] = field(default_factory=dict)
    fitting: set[tuple[str, str]] = field(default_factory=set)  # the routes whose view has been held against them

    def plan_at(self, rule: "Rule", view: Callable[..., Any], app: Flask) -> "Plan":
        """Return the plan of this view, which has been held against its route, when it is first asked for there."""
        from carboy.web.endpoints.fitting import fit

        plan = self.plan(view)
        if (rule.endpoint, rule.rule) not in self.fitting:
            fit(plan, rule, app)
            self.fitting.add((rule.endpoint, rule.rule))
        return plan

    def plan(self, view: Callable[..., Any]) -> "Plan":
        """Return the plan of this view, compiled when it is first asked for."""
        if view not in self.plans:
            self.plans[view] = _compiled(view, self.folder)
        return self.plans[view]


def _compiled(view: Callable[..., Any], folder: SchemaFolder) -> "Plan":
    from carboy.web.endpoints import signature
    from carboy.web.preconditions import IfMatch

    return signature.read(view, folder, {Identity: current, IfMatch: lambda: IfMatch.of(request)})


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
    *,
    raises: Sequence[type[CarboyError]] = (),
    deprecated: bool = False,
    operation_id: str | None = None,
    again: Callable[..., Any] | None = None,
) -> Callable[[View[Arguments]], Answered[Arguments]]: ...
def endpoint(view: Any = None, /, **declared: Any) -> Any:
    """Make the view's signature its contract. It stands right below the route.

    A page's form that cannot be taken is shown `again`, by that view, with what is wrong beside its fields.
    """
    return _endpoint(view) if view else lambda one: _endpoint(one, **declared)


def _endpoint(view: View[Arguments], **declared: Any) -> Answered[Arguments]:
    @wraps(view)
    def answered(**route: Any) -> Response:
        from carboy.web.endpoints.calling import call

        rule = cast("Rule", request.url_rule)  # no view is called without one
        with forms.shown_again(answered.carboy_endpoint, route):  # type: ignore[attr-defined]
            return call(view, contracts_of(current_app).plan_at(rule, view, current_app), route)

    answered.carboy_endpoint = Endpoint(view, **declared)  # type: ignore[attr-defined]
    return cast("Answered[Arguments]", answered)
