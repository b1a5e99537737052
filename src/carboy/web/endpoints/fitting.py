"""Whether a view fits the route that it stands under: what makes no sense is told before anybody asks for it."""

from typing import TYPE_CHECKING

from carboy.errors import SetupError
from carboy.web import families

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Rule

    from carboy.web.endpoints.signature import Plan


def fit(plan: "Plan", rule: "Rule", app: "Flask") -> None:
    """Raise SetupError where view and route do not fit."""
    offered = rule.arguments | set(rule.defaults or ())
    wanted = {parameter.name for parameter in plan.route.parameters} if plan.route else set()
    if unknown := wanted - offered:
        raise SetupError(
            f"{plan.called} takes {min(unknown)}, which {rule.rule} does not have. Mend the name, or say where it comes"
            " from: Annotated[…, Query()]."
        )
    if unused := offered - plan.parameters:
        raise SetupError(f"{rule.rule} has {min(unused)}, which {plan.called} does not take. Add it to the view.")
    if not plan.uploads and any(place.where == "form" for place in plan.places) and _is_of_an_api(app, rule):
        raise SetupError(
            f"{plan.called} takes a form, and an API takes JSON. Take a body, or an Upload beside the form."
        )


def _is_of_an_api(app: "Flask", rule: "Rule") -> bool:
    steps = rule.endpoint.split(".")[:-1]
    blueprints = [".".join(steps[: count + 1]) for count in range(len(steps))]
    return families.api_at(app, blueprints, rule.rule) is not None
